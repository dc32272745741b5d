"""The metrics of a server are those of its page, and the dashboard asks for no others."""

import json
import re

from isolambda_core.domain.coroutines import complete
from isolambda_core.ports.blocking import directly
from isolambda_local.metrics.exposition import Exposition, QueueState
from isolambda_local.metrics.families import DOORS, FETCHES
from isolambda_local.metrics.table import MetricTable
from tests.support.documentation import INDEX, ROOT, text_of

PAGE = INDEX.parent / "monitoring.md"
DASHBOARD = ROOT / "infra/monitoring/grafana.json"
PARTS = ("_bucket", "_count", "_sum")
"""What Prometheus adds to the name of a histogram."""


def shown() -> dict[str, str]:
    """Return the type of each metric that a server shows."""
    exposition = Exposition(MetricTable(), 1, lambda: QueueState(0, 0.0), directly)
    text = complete(exposition.text()).decode()
    return dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))


def rows() -> list[list[str]]:
    table = text_of(PAGE).partition("\n| metric")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_each_metric_is_in_the_table_with_its_type_and_no_other() -> None:
    listed = {name: row[1] for row in rows() for name in re.findall("`([a-z_]+)`", row[0])}

    assert listed == shown()


def test_the_dashboard_shows_metrics_that_there_are_by_labels_that_they_have() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    labels = {
        name: set(re.findall("`([a-z_]+)`", row[2])) | {"le"}
        for row in rows()
        for name in re.findall("`([a-z_]+)`", row[0])
    }
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    metrics = set()
    for expression in asked:
        [full] = re.findall(r"isolambda_[a-z_]+", expression)
        name = next((full.removesuffix(p) for p in PARTS if full.removesuffix(p) in labels), full)
        metrics.add(name)
        by = re.findall(r"by \(([a-z_, ]+)\)", expression)
        assert {label.strip() for each in by for label in each.split(",")} <= labels[name]

    assert metrics == set(shown())
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in dashboard["panels"]})


def test_the_page_has_each_api_and_network_md_each_code_of_a_fetch() -> None:
    page, network = text_of(PAGE), text_of(INDEX.parent / "network.md")

    assert all(f"`{door}`" in page for door in DOORS)
    codes = {
        line.split("`")[1]
        for line in network.partition("\n| code |")[2].partition("\n\n")[0].splitlines()[2:]
    }
    assert codes <= set(FETCHES)
