"""The table as people and programs read it."""
import json
from pathlib import Path

HEADS = ["WHAT", "MEASURED", "AGAINST", "RATIO", "GOAL", "HOLDS"]


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def cells(row):
    if row["problem"]:
        return [row["what"], "not measured", "-", "-", row["goal"], "-"]
    holds = {True: "yes", False: "NO", None: "-"}[row["holds"]]
    return [row["what"], f"{number(row['measured'])} {row['unit']}", number(row["against"]), number(row["ratio"]),
            row["goal"], holds]


def text(results):
    lines = [HEADS] + [cells(row) for row in results]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def summary(results):
    """What is to be said below the table, a line each."""
    short = [row for row in results if row["holds"] is False]
    lost = [row for row in results if row["problem"]]
    said = [f"{sum(row['holds'] is True for row in results)} goals hold, {len(short)} fall short, "
            f"{len(lost)} could not be measured."]
    said += [f"falls short: {row['what']}: {row['reason']}" for row in short]
    return said + [f"not measured: {row['what']}: {row['problem']}" for row in lost]


def disturbance(machine):
    share, pace = machine["undisturbed"], machine["pace"]
    return (f"Before each measurement a loop that only counts got {share['median']:.0%} of a core (median), "
            f"{share['worst']:.0%} at the worst, and did {pace['median']:.1f} million rounds a second of it, "
            f"{pace['worst']:.1f} at the worst.")


def markdown(machine, options, results, profiles):
    facts = (f"{machine['cores']} cores, {machine['model']}, {machine['memory_gib']} GiB; Linux {machine['kernel']}; "
             f"redis-server {machine['redis_server']} on the same machine, persistence off; Swift {machine['swift']}; "
             f"revision {machine['revision']}, {machine['date']}. " + disturbance(machine))
    lines = ["# Measured by `ops/bench/run" + "".join(f" {option}" for option in options) + "`", "", facts, "",
             "| " + " | ".join(head.lower() for head in HEADS) + " |", "| --- | --- | --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in results]
    lines += ["", *(f"* {line}" for line in summary(results))]
    notes = [f"* {row['what']}: {row['note']}" for row in results if row["note"]]
    lines += ["", "Notes:", *notes] if notes else []
    for words, profile in profiles.items():
        lines += ["", f"## Where the time goes: `flotilla bench {words}`", "", "```", profile, "```"]
    return "\n".join(lines) + "\n"


def document(machine, results, got):
    # In each round, as they were had: enough to judge how noisy the machine was.
    rounds = {name: list(values.values()) for name, values in got.values.items()}
    return json.dumps({"machine": machine, "rows": results, "rounds": rounds}, indent=1) + "\n"


def keep(folder, name, page, data):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(page, encoding="utf-8")
    (folder / f"{name}.json").write_text(data, encoding="utf-8")
    return folder / f"{name}.md"
