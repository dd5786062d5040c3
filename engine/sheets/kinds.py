"""The lists there are, by name."""

from typing import Final

from engine.sheets.acting import MESSAGE_SHEET, PLAYBOOK_SHEET, RUN_SHEET
from engine.sheets.alerts import ALERT_SHEET, INCIDENT_SHEET
from engine.sheets.feed import FEED_SHEET
from engine.sheets.foreseen import OPEN_SHEET, SETTLED_SHEET
from engine.sheets.jobs import JOB_SHEET
from engine.sheets.kind import Kind
from engine.sheets.metrics import METRIC_SHEET
from engine.sheets.muted import MUTE_SHEET
from engine.sheets.observe import OBSERVE_SHEET
from engine.sheets.people import FRAUD_SHEET, WATCH_SHEET
from engine.sheets.reports import REPORT_SHEET
from engine.sheets.running import AUDIT_SHEET, LETTER_SHEET, MODEL_SHEET, SETTING_SHEET, SOURCE_SHEET
from engine.sheets.things import SITE_SHEET
from engine.sheets.work import DEVICE_SHEET, WORK_SHEET

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        INCIDENT_SHEET, ALERT_SHEET, FRAUD_SHEET, WATCH_SHEET, OPEN_SHEET, SETTLED_SHEET, PLAYBOOK_SHEET, RUN_SHEET,
        MESSAGE_SHEET, SITE_SHEET, METRIC_SHEET, REPORT_SHEET, JOB_SHEET, MODEL_SHEET, SOURCE_SHEET, MUTE_SHEET,
        AUDIT_SHEET, SETTING_SHEET, LETTER_SHEET, OBSERVE_SHEET, WORK_SHEET, DEVICE_SHEET, FEED_SHEET,
    )
}  # fmt: skip
