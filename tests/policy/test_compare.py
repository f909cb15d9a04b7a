"""What a backtest found, for machines."""

import json

from kempt.policy.compare import Report


def test_a_report_is_read_by_machines_as_it_was_counted():
    report = Report(looked_at=3)
    report.verdicts["merge: apply -> review"] += 2
    report.by_rule["sure"]["apply -> review"] += 2
    report.cases["sure"].append("1b2c")

    told = json.loads(json.dumps(report.as_json()))

    assert told["looked_at"] == 3
    assert told["verdicts"] == {"merge: apply -> review": 2}
    assert told["by_rule"] == {"sure": {"apply -> review": 2}}
    assert told["cases"] == {"sure": ["1b2c"]}
