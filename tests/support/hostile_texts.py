"""Texts that attack: what is handed to programs, to web requests, to expressions, to places for facts, to messages."""

import re

from tests.support.hostile import CORPUS as TERMINAL

SHELL = (
    "; reboot", "| cat /etc/passwd", "&& id", "|| id", "`id`", "$(id)", "${IFS}id", "$PATH", "> /etc/passwd",
    "< /etc/passwd", "a b", "a\tb", "a\nb", "a\rb", "a\0b", "\\", "'", '"', "'; id; '", "*", "?", "~", "~root", "!!",
    "#", "%0a id", "{a,b}", "-rf", "--help", "-o/etc/x", "--config=/etc/x", "@/etc/passwd", "../../etc/passwd",
    "/etc/passwd", "..", ".", "", " ", "LD_PRELOAD=/x", "A-7 ", " A-7", "A-7\n", "\nA-7", "Ａ-７", "A–7", "А-7", "٣٤",
    "१२", "²", "A-7\u200b", "A\u0301", "x" * 5000, "\N{RIGHT-TO-LEFT OVERRIDE}7-A", "A-7\x7f", "\x1b[31m",
    "{{ alert.entity }}", "{{7*7}}", "%s%n", "${7*7}", "<%= 7 %>",
)  # fmt: skip
PATTERNS = (r"[A-Z0-9-]{1,20}", r"\d{1,5}", r"\w+", r"[a-z.]+", r"CAM-[0-9]+|all")
WITHIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,999}", re.ASCII)
HOSTS = (
    "127.0.0.2", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "0.0.0.0", "0", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "[::ffff:169.254.169.254]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00:ec2::254]", "100.100.100.200", "192.0.0.192",
    "168.63.129.16", "metadata.google.internal", "10.0.0.1", "192.168.0.1", "172.16.0.1", "[fd00::1]", "[fec0::1]",
    "100.64.0.1", "198.18.0.1", "224.0.0.1", "[ff02::1]", "255.255.255.255", "localhost.", "localhost.localdomain",
    "LOCALHOST6", "127.0.0.1.nip.io", "spoofed.burpcollaborator.net", "１２７.0.0.1", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "%31%32%37.0.0.1", "good.example@evil.example", "good.example:80@127.0.0.1", "evil.example#good.example",
    "evil.example?good.example", "evil.example\\good.example", "good.example\\@evil.example",
    "good.example.evil.example", "evilgood.example", "good.example.", "good.example%00.evil.example",
    "good.example\x00", "good.example\r\nHost: evil", "good.example evil", "", ":80", "@", "good.example:99999",
    "good.example:-1", "good.example:x", "[::1", "[good.example]", "xn--good-.example",
)  # fmt: skip
SCHEMES = (
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "ftp://good.example/", "javascript:alert(1)",
    "data:text/html,x", "//good.example/", "good.example", "http:good.example", "http:/good.example",
    "dict://127.0.0.1/", "unix:///run/x", "HTTPS+unix://x", " http://evil.example/", "ht\ntp://evil.example/",
    "jar:http://evil.example!/", "ldap://127.0.0.1",
)  # fmt: skip
RESOLVED = (
    "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "169.254.169.254", "169.254.0.1", "fe80::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "ff02::1", "255.255.255.255",
    "240.0.0.1", "::127.0.0.1", "not an address", "", "10.0.0.1; 1.1.1.1",
)  # fmt: skip
INNER = (
    "10.0.0.1", "172.16.3.4", "192.168.1.1", "fd00::1", "fec0::1", "100.64.0.1", "198.18.0.1", "::ffff:192.168.1.1",
)  # fmt: skip
_TEN = "[0,1,2,3,4,5,6,7,8,9]"


def nested(depth: int, word: str) -> str:
    text = "false" if word == "exists" else "'x'"
    for level in range(depth):
        text = f"{_TEN}.{word}(x{level}, {text})"
    return text if word == "exists" else f"{text}.size() > 0"


TERMS = (
    *(nested(depth, word) for depth in (3, 5, 7, 9) for word in ("exists", "map")),
    *("(" * depth + "true" + ")" * depth for depth in (30, 200, 900)), "!" * 1900 + "true", "-" * 1900 + "1 == 1",
    "'" + "a" * 1500 + "'.matches('(a+)+b')", "'" + "a" * 900 + "'.matches('(a|a|a|a)*b')",
    "'x'.matches('x{1000}{1000}')", "'x'.matches('[')", "1 / 0 == 1", "1 % 0 == 1", "9223372036854775807 + 1 > 0",
    "-9223372036854775808 / -1 > 0", "uint(-1) == 1u", "[1][9] == 1", "{'a': 1}['b'] == 1", "alert.x.y.z == 1",
    "alert['__class__'] == 1", "alert.__class__ == 1", "timestamp('x') > timestamp('y')",
    "duration('99999999999999h') > duration('1s')", "int('x') == 1", "double('1e999') > 1.0",
    "string(1e308 * 10.0) == ''", "__import__('os').system('id') == 0", "import os", "os.system('id')",
    "open('/etc/passwd')", "lambda: 1", "alert.map(k, k).size() > 0", "labels.all(k, labels[k].matches(labels[k]))",
    "a" * 2001, "", " ", "true;", "true || ", "x ? y : z", "\x00", "true\x00", "true // \x1b[2J",
    "'\\u001b[2J' == ''", "b'\\xff' == b''", "true".join("()" * 50), "alert == alert.alert.alert",
    "size(alert) > size(labels) + size([])", "{'a': {'a': {'a': {'a': 1}}}}.a.a.a.a.a == 1", "has(alert.a.b.c.d)",
    "type(type(type(1))) == type", "dyn(1) == dyn('x')",
)  # fmt: skip
FACTS = (
    *SHELL, *TERMINAL, "a&admin=1", "a#x", "a?b=c", "../../admin", "a/b/c", "//evil.example", "@evil.example",
    "a\r\nX-Evil: 1", '","admin":true,"x":"', '\\","admin":true,"x":"', "\\", '"', "\u2028", "1e5", "null", "]}",
    "1,2", "-1", "0x10", "NaN", "{{ site.id }}", "{{ alert.entity }}{{ alert.entity }}",
    "</script><script>alert(1)</script>",
)  # fmt: skip
MARKUP = (
    "<!channel>", "<!here>", "<!everyone>", "<@U123>", "<#C123>", "<https://evil.example|your bank>",
    "&lt;!channel&gt;", "<!subteam^S1>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<a href='javascript:x'>x</a>", "\"><svg onload=x>", "<style>*{}</style>", "<!--", "]]>", "&#60;b&#62;",
    "<iframe src=//evil>", "<form action=//evil>", "[bank](https://evil.example)", "![x](https://evil.example/p.png)",
    "**bold** _it_ `code` ~~no~~", "> quote", "# head", "- item", "1. item", "| a | b |", "```",
    "x\r\nBcc: all@x.example", "x\nSubject: other", "x\r\n\r\n<b>body</b>", "=?utf-8?q?=0d=0aBcc:_all=40x?=",
    "x" * 20000, "\r\n.\r\n", "{{ alert.entity }}", "<at>all</at>", "${7*7}", "%0d%0aBcc:x",
)  # fmt: skip
PLACES = (
    "{{ 7*7 }}", "{{ alert.__class__ }}", "{{ __import__('os') }}", "{{ alert['x'] }}", "{{ alert.entity | safe }}",
    "{% if x %}", "{{{{ alert.entity }}}}", "{{ alert.entity", "}}", "{{ os.environ }}",
)  # fmt: skip
