"""A version goes live in a running engine, or an older one comes back: an entry in the journal, repeated by replays."""

import msgspec
import zstandard

from data.own import MODEL_TURN, ModelTurn
from data.records.model import ModelVersion
from data.wire import Event, own_entry
from engine.models.document import BadModel
from engine.models.library import LIVE, RETIRED
from engine.partition import NEVER
from engine.runtime import Engine
from engine.views import Outcome


class ModelOrder(msgspec.Struct):
    """What is asked of an engine: to put `version` (packed) to work, or, without one, the one before of `kind`."""

    kind: str
    version: bytes = b""
    why: str = ""


def packed(version: ModelVersion) -> bytes:
    return zstandard.ZstdCompressor(9).compress(msgspec.msgpack.encode(version))


def unpacked(body: bytes) -> ModelVersion:
    """Raises BadModel for what is no version."""
    try:
        plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 27)
        return msgspec.msgpack.decode(plain, type=ModelVersion)
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise BadModel(f"not a version of a model: {error}") from None


async def carry_out(engine: Engine, order: ModelOrder, tenant: str) -> Outcome:
    """Journals what is asked; the answer comes when it is durable. What cannot be used changes nothing."""
    if not order.version:
        return await roll_back(engine, order.kind, tenant, order.why)
    try:
        return await go_live(engine, unpacked(order.version), order.why)
    except BadModel as bad:
        return Outcome(False, str(bad), f"model/{order.kind}")


async def go_live(engine: Engine, version: ModelVersion, why: str) -> Outcome:
    """Raises BadModel for one that cannot work."""
    pipeline = engine.pipeline
    if pipeline.partition(version.tenant).watermark == NEVER:
        return Outcome(False, "there are no events yet, so there is no moment at which it could go live", "")

    def entry() -> Event:
        named = msgspec.structs.replace(version, number=pipeline.numbers.model, status=LIVE)
        pipeline.library.add(named)
        return _entry(engine, named, why)

    await engine.enter(entry)
    return Outcome(True, f"{version.kind} {version.version} is live", f"model/{version.kind}")


async def roll_back(engine: Engine, kind: str, tenant: str, why: str) -> Outcome:
    """The newest version that was live before goes live again."""
    target = f"model/{kind}"
    partition = engine.pipeline.partitions.get(tenant)
    live = partition.foresight.live.get(kind) if partition is not None else None
    if live is None:
        return Outcome(False, f"no version of {kind} is live", target)
    known = engine.pipeline.library.of(tenant, kind)
    older = [one for one in known if one.number < live and one.body and one.status == RETIRED]
    if not older:
        return Outcome(False, f"there is no version of {kind} before the one that is live", target)
    before = older[0]
    await engine.enter(lambda: _entry(engine, before, why or "rolled back"))
    return Outcome(True, f"{kind} {before.version} is live again", target)


def _entry(engine: Engine, version: ModelVersion, why: str) -> Event:
    time = engine.pipeline.partition(version.tenant).watermark
    return own_entry(MODEL_TURN, version.tenant, time, ModelTurn(version.kind, version.number, version.version, why))
