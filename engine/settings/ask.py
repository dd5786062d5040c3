"""Settings of questions in plain words."""

from typing import Annotated

import msgspec

from data.times import MINUTE, SECOND
from engine.settings.meta import about, length


class AskSettings(msgspec.Struct, frozen=True):
    endpoint: Annotated[
        str,
        about(
            "where a model may propose what a question means that the rules do not understand, by the API of OpenAI, "
            "such as http://127.0.0.1:11434/v1; it is told the question and the time, never a row. Empty: nobody is "
            "asked",
            cover="path",
        ),
    ] = ""
    model: Annotated[str, about("name of the model there")] = ""
    token_file: Annotated[str, about("file with the bearer token of the endpoint", cover="path")] = ""
    timeout: Annotated[int, length("a proposal that takes longer is done without", least=SECOND, most=MINUTE)] = (
        8 * SECOND
    )
