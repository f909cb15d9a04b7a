"""Files are compared and linked as a hand-written policy says, and what it cannot say is refused with its line."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kempt.cli.app import app
from kempt.errors import StopRun
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.sample.generate import generate
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_by_policy import describe_files
from kempt.usecases.match_files import explain_pair, match_files
from tests.usecases.people import clusters_in, people, write_csv
from tests.usecases.written_policy import COMPARISONS, GATES, HEAD, WITH_MOTTO, add_mottos

PEOPLE = [
    {
        "record_id": "a",
        "first_name": "Robert",
        "last_name": "Ashholt",
        "email": "r@one.example",
        "born": "1980-02-03",
    },
    {"record_id": "b", "first_name": "Bob", "last_name": "Ashholt", "email": "", "born": "1980-02-03"},
    {"record_id": "c", "first_name": "Fenna", "last_name": "Ashholt", "email": "r@one.example", "born": "1990-05-06"},
    {"record_id": "d", "first_name": "Goral", "last_name": "Coldwick", "email": "g@two.example", "born": "1971-07-08"},
]


def found(folder, policy, rows=PEOPLE, **asked):
    """A run by a policy: what it says, the clusters, and the pairs."""
    folder.mkdir(exist_ok=True)
    (folder / "policy.yaml").write_text(policy)
    source = write_csv(folder / "people.csv", rows)
    matched = match_files([source], folder / "out", Asked(policy=folder / "policy.yaml", **asked))
    pairs = pq.read_table(folder / "out" / "pairs.parquet").to_pylist()
    return matched, clusters_in(folder / "out"), {(each["left_id"], each["right_id"]): each for each in pairs}


def refusal(folder, policy, rows=PEOPLE, **asked):
    with pytest.raises(StopRun) as refused:
        found(folder, policy, rows, **asked)
    return str(refused.value)


def line_of(policy, text):
    return policy[: policy.index(text)].count("\n") + 1


def test_pairs_weigh_what_the_policy_says_and_are_linked_from_where_it_says(tmp_path):
    _, clusters, pairs = found(tmp_path, HEAD + COMPARISONS + GATES)

    assert {pair: (each["levels"], each["match_weight"]) for pair, each in pairs.items()} == {
        ("a", "b"): ([2, 0], 3.0),
        ("a", "c"): ([3, 1], 6.0),
        ("b", "c"): ([3, 0], -2.0),
    }
    # Three bits are less than .9, and two against b and c do not outweigh the rest.
    assert {pair: each["band"] for pair, each in pairs.items()} == {
        ("a", "b"): "review",
        ("a", "c"): "match",
        ("b", "c"): "non-match",
    }
    assert clusters == {"a": "a", "b": "b", "c": "a", "d": "d"}


@pytest.mark.parametrize(("then", "band"), [("apart", "non-match"), ("ask", "review")])
def test_what_a_constraint_keeps_apart_or_asks_about_is_never_linked(tmp_path, then, band):
    constraint = (
        "constraints:\n  - {id: births, why: Nobody is born twice., says: the dates of birth differ, "
        f"when: {{born: differs}}, then: {then}}}\n"
    )
    easy = (HEAD + COMPARISONS + constraint + GATES).replace("link: 0.9", "link: 0.6")

    matched, clusters, pairs = found(tmp_path, easy)

    assert clusters == {"a": "a", "b": "a", "c": "c", "d": "d"}
    assert pairs["a", "c"]["band"] == band
    assert pairs["a", "c"]["match_weight"] == 6.0
    assert bool(matched.policy["questions"]) == (then == "ask")
    assert explain_pair(tmp_path / "out", "a", "c").constraints == (("the dates of birth differ", then),)
    assert explain_pair(tmp_path / "out", "a", "b").constraints == ()


def test_what_is_kept_apart_is_not_linked_through_a_third_record_either(tmp_path):
    constraint = (
        "constraints:\n  - {id: births, why: Nobody is born twice., says: the dates of birth differ, "
        "when: {born: differs}, then: apart}\n"
    )
    rows = [{**PEOPLE[0], "record_id": name, "born": born} for name, born in (("x", "1980-02-03"), ("y", "1990-05-06"))]
    rows += [{**PEOPLE[0], "record_id": "between", "born": ""}, PEOPLE[3]]

    _, chained, _ = found(tmp_path / "chained", HEAD + COMPARISONS + GATES, rows)
    _, clusters, pairs = found(tmp_path / "apart", HEAD + COMPARISONS + constraint + GATES, rows)

    assert chained["x"] == chained["y"] == chained["between"]
    assert clusters["x"] != clusters["y"]
    assert pairs["x", "y"]["band"] == "non-match"


def test_every_engine_finds_the_same_pairs_and_weights(tmp_path):
    rows = people(60)[0]
    add_mottos(rows)

    one, clusters, pairs = found(tmp_path / "one", WITH_MOTTO, rows)
    other, again, same = found(tmp_path / "other", WITH_MOTTO, rows, engine="recordlinkage")

    assert (one.engine, other.engine) == ("duckdb", "recordlinkage")
    assert one.artifact.version == other.artifact.version
    assert len(pairs) > 50
    assert {each["levels"][2] for each in pairs.values()} == {1, 2}
    assert pairs == same
    assert clusters == again
    assert any(one.pairs.broken)


def test_values_that_the_policy_calls_generic_or_unusable_do_not_count(tmp_path):
    rows = [
        {"record_id": f"r{at}", "first_name": given, "last_name": family, "email": email}
        for at, (given, family, email) in enumerate(
            [
                ("Adara", "Ashmere", "info@one.example"),
                ("Belmo", "Brinmere", "info@one.example"),
                ("Cintra", "Coldmere", "hall@two.example"),
                ("Dovel", "Dunmere", "hall@two.example"),
                ("Elwin", "Eastmere", "hall@two.example"),
                ("Fenna", "Ashby", "fenna@two.example"),
                ("Fenna", "Brinby", "fenna@two.example"),
            ]
        )
    ]
    plain = (HEAD + COMPARISONS + GATES).replace("link: 0.9", "link: 0.8")
    rest = (
        "unusable:\n  - {columns: [email], when: is_role, why: It belongs to whoever is there.}\n"
        "generic:\n  - {column: email, counting: last_name, more_than: 2, why: A hall has many names.}\n"
    )

    _, without, _ = found(tmp_path / "without", plain, rows)
    matched, clusters, pairs = found(tmp_path / "with", plain + rest, rows)

    assert (without["r1"], without["r3"], without["r6"]) == ("r0", "r2", "r5")
    assert set(pairs) == {("r5", "r6")}
    assert clusters["r6"] == "r5"
    assert matched.policy["generic_values"] == {"email": 1}


def test_an_explanation_says_the_same_bits_as_the_run(tmp_path):
    rows = people(40)[0]
    policy = (
        HEAD
        + COMPARISONS.replace("bits: 4, when", "m: 0.6, u: 1, frequency_of: [last_name], at_most: 5, when")
        + "frequencies:\n  - {column: last_name, typical: 0.05, worth_records: 20}\n"
        + GATES
    )

    _, _, pairs = found(tmp_path, policy, rows)

    assert len({each["match_weight"] for each in pairs.values()}) > 5
    for (one, other), each in list(pairs.items())[:6]:
        told = explain_pair(tmp_path / "out", one, other)
        assert told.bits == pytest.approx(each["match_weight"], abs=1e-6)
        assert told.bits == pytest.approx(told.prior + sum(finding.bits for finding in told.findings), abs=1e-6)


def test_a_pair_is_auto_only_where_levels_tell_of_what_kind_they_are(tmp_path):
    rows = [*PEOPLE, {**PEOPLE[0], "record_id": "z"}]
    policy = HEAD + COMPARISONS + GATES

    _, _, telling = found(tmp_path / "telling", policy, rows)
    _, _, silent = found(tmp_path / "silent", policy.replace(", tells: identifies", ""), rows)

    assert telling["a", "z"]["match_weight"] == silent["a", "z"]["match_weight"] == 12.0
    # With c in the cluster its gates fail; so it is told of a and z alone.
    _, _, alone = found(tmp_path / "alone", policy, [rows[0], rows[3], rows[4]])
    assert alone["a", "z"]["band"] == "auto"
    assert silent["a", "z"]["band"] == "match"


def test_a_block_that_is_too_large_is_said_to_be_left_out(tmp_path):
    policy = (HEAD + COMPARISONS + GATES).replace("max_block: 50", "max_block: 2")

    matched, _, pairs = found(tmp_path, policy)

    assert set(pairs) == {("a", "c")}
    (rule, _) = matched.policy["rules"]
    assert (rule["blocks_left_out"], rule["largest_block"], rule["pairs_not_made"]) == (1, 3, 3)
    warnings = json.loads((tmp_path / "out" / "report.json").read_text())["warnings"]
    assert any("blocking rule 'family' left out 1 values" in each for each in warnings)


def test_a_run_by_a_policy_is_judged_by_labels_and_shown_on_the_page(tmp_path):
    rows, truth = people(60)
    labels = write_csv(tmp_path / "l.csv", [{"record_id": key, "cluster_id": value} for key, value in truth.items()])

    matched, _, _ = found(tmp_path, HEAD + COMPARISONS + GATES, rows, labels=labels)

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["policy"]["version"] == matched.spec.version
    at = {each["threshold"]: each["pairwise"]["recall"] for each in report["labels"]["curve"]}
    assert at[0.1] > at[0.999]
    assert report["labels"]["pairwise"]["recall"] == at[0.9]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "As the policy says it." in page
    assert "a gate or constraint of the policy" in page
    assert "the same e-mail" in page


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("agree_on: [emial]", "agree_on: [email]", "there is no column 'emial' in the files. Did you mean 'email'?"),
        ("{born_yaer: missing}", "{email: missing}", "there is no column 'born_yaer'"),
        ("{email: swapped with mail2}", "{email: exact}", "there is no column 'mail2'"),
        ("{kind: exact}", "{email: exact}", "the column 'Kind' is not compared: it holds one value only"),
        ("{email: cosine >= 0.5}", "{email: exact}", "'email' is no text"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_its_line(tmp_path, wrong, right, says):
    policy = HEAD + COMPARISONS + GATES
    assert right in policy
    policy = policy.replace(right, wrong, 1)

    told = refusal(tmp_path, policy, [{**row, "Kind": "x"} for row in PEOPLE])

    assert told.startswith(f"{tmp_path / 'policy.yaml'}:{line_of(policy, wrong)}: {says}")
    if "no column" in says:
        assert "first_name, first_name_root, last_name, email, email_mailbox, email_domain, born, born_year" in told
        assert "--map COLUMN=ROLE" in told


def test_what_the_engine_or_the_language_lacks_is_refused_before_anything_is_read(tmp_path, monkeypatch):
    missing = tmp_path / "missing.csv"
    (tmp_path / "policy.yaml").write_text(policy := (HEAD + COMPARISONS + GATES))

    def told(text, **asked):
        (tmp_path / "policy.yaml").write_text(text)
        with pytest.raises(StopRun) as refused:
            match_files([missing], tmp_path / "out", Asked(policy=tmp_path / "policy.yaml", **asked))
        assert not (tmp_path / "out").exists()
        return str(refused.value).removeprefix(f"{tmp_path / 'policy.yaml'}:")

    silent = policy.replace(
        "      - {id: unknown, says: an e-mail is not known, bits: 0, when: {email: missing}}\n", ""
    )
    assert told(silent).startswith(
        f"{line_of(silent, '{id: same, says: the same e-mail')}: comparison 'mail' begins with"
    )
    assert told(policy.replace("bits: 8", "bist: 8")).startswith(f"{line_of(policy, 'bits: 8')}: unknown key")
    assert told(policy.replace("[email]", '["email:x"]')).startswith(f"{line_of(policy, '[email]')}: ")
    monkeypatch.setattr(DuckDbEngine, "comparators", frozenset({"exact"}))
    offered = told(policy)
    assert offered.startswith(f"{line_of(policy, '{first_name: missing')}: comparison 'name' uses 'missing'")
    assert "It offers: cosine, exact." in offered
    assert "--model" in told(policy, model=tmp_path / "model.json")
    assert "--learn" in told(policy, learn=True, labels=tmp_path / "labels.csv")
    assert "--threshold" in told(policy, threshold=0.7)


def test_a_flag_of_an_email_needs_one_column_with_emails(tmp_path):
    policy = HEAD + COMPARISONS + GATES
    policy += "unusable:\n  - {columns: [email], when: is_free, why: It says nothing of an employer.}\n"

    told = refusal(tmp_path, policy, [{**row, "second": f"{row['record_id']}@x.example"} for row in PEOPLE])

    assert told.startswith(
        f"{tmp_path / 'policy.yaml'}:{line_of(policy, 'when: is_free')}: is_free is said of an e-mail"
    )


def test_a_policys_model_is_no_model_for_other_records(tmp_path):
    found(tmp_path, HEAD + COMPARISONS + GATES)

    with pytest.raises(StopRun, match="--policy FILE"):
        match_files([tmp_path / "people.csv"], tmp_path / "again", Asked(model=tmp_path / "out" / "model.json"))


def test_names_are_told_apart_and_roles_are_names_where_one_column_has_them(tmp_path):
    rows = [
        {
            "BirthDate": f"19{at + 10}-01-02",
            "birth date": f"19{at + 20}-01-02",
            "E-Mail": f"p{at}@x.example",
            "said": f"w{at}x",
        }
        for at in range(30)
    ]

    _, features = describe_files([write_csv(tmp_path / "p.csv", rows)], Asked())

    made = {each.name: each.source for each in features}
    assert (made["birth_date"], made["birth_date_2"]) == ("BirthDate", "birth date")
    assert made["birth_date_2_year"] == "birth date"
    assert "date" not in made
    assert made["email_domain"] == made["e_mail_domain"] == "E-Mail"
    assert "said" not in made


def test_the_command_lists_what_a_policy_may_name_and_says_why_it_refuses(tmp_path):
    source = write_csv(tmp_path / "people.csv", PEOPLE)
    (tmp_path / "policy.yaml").write_text((HEAD + COMPARISONS + GATES).replace("[email]", "[mail]"))
    invoke = CliRunner().invoke

    listed = invoke(app, ["match", str(source), "--describe", "--json"])
    refused = invoke(
        app, ["match", str(source), "--policy", str(tmp_path / "policy.yaml"), "--out", str(tmp_path / "o")]
    )

    names = {each["name"]: each["made of"] for each in json.loads(listed.stdout)["names"]}
    assert names["given_name_root"] == "first_name"
    assert names["born_month_and_day"] == "born"
    assert refused.exit_code == 1
    assert "there is no column 'mail' in the files" in refused.output
    assert invoke(app, ["match", str(source)]).exit_code == 2


def test_the_policy_of_the_guide_works_on_the_sample(tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "match.md").read_text()
    (tmp_path / "people.yaml").write_text(re.search(r"^```yaml\n(# people.yaml.*?)^```", guide, re.M | re.S).group(1))
    generate(tmp_path / "sample", records=1200, seed=7)
    folder = tmp_path / "sample" / "blauwal" / "salesforce" / "2025-06-02"

    matched = match_files(
        [folder / "Contact.csv", folder / "Lead.csv"],
        tmp_path / "found",
        Asked(id_column="Id", policy=tmp_path / "people.yaml"),
    )

    report = json.loads((tmp_path / "found" / "report.json").read_text())
    assert report["duplicates"] >= 10
    assert report["pairs"]["auto"] >= 8
    assert report["largest_cluster"] <= 3
    assert matched.ids.to_pylist() == list(clusters_in(tmp_path / "found"))
