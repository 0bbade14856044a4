"""The table of settings for the README, made from the code: `python -m api.cli.settings_table`."""

from dialer.settings import Settings


def table() -> str:
    """A Markdown table of every setting with its default and meaning."""
    rows = ["| Setting | Default | Meaning |", "|---|---|---|"]
    for name, info in Settings.model_fields.items():
        default = f"`{info.default}`" if str(info.default) else "(empty)"
        rows.append(f"| `TIANZHOU_{name.upper()}` | {default} | {info.description} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
