"""Asking in the console: K takes a question, its answer is opened, and the next one refines it."""

from tests.tui.conftest import Open


async def test_a_question_is_answered_and_refined(console: Open) -> None:
    async with console() as desk:
        await desk.press("K")
        await desk.press(*(key if key != " " else "space" for key in "fraud today"), "enter")
        await desk.beat(4)
        frame = desk.app.frame
        assert frame.front == "context"
        assert frame.context.subject == "ask/fraud today"
        await desk.press("K")
        await desk.press(*(key if key != " " else "space" for key in "by site"), "enter")
        await desk.beat(4)
        assert frame.context.subject == "ask/fraud today >> by site"
        await desk.press("escape")
        await desk.beat(4)
        assert frame.context.subject == "ask/fraud today"


async def test_nothing_asked_opens_nothing(console: Open) -> None:
    async with console() as desk:
        before = desk.app.frame.context.subject
        await desk.press("K")
        await desk.press("escape")
        await desk.beat(4)
        assert desk.app.frame.context.subject == before
