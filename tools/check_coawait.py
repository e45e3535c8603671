#!/usr/bin/env python3
"""Lint for coroutines: refuses what g++ 12 miscompiles without a warning.

usage: check_coawait.py [FILE…]      (without files: src/ and apps/ of this repository)

The rules, each with canaries in tests/canaries/:
  - one co_await in a statement, and none in a condition or a range-for;
  - no lambda, braces or conditional operator in a statement with co_await: arguments are names, literals,
    std::move(name) or plain calls;
  - no coroutine lambda that captures: its captures die with the lambda, not with the coroutine;
  - coroutines only in net, api, client and the apps.
Prints one line for each finding, `file:line: rule: statement`, and ends with status 1 if there are any.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ALLOWED = ("src/net/", "src/api/", "src/client/", "apps/", "tests/")
CONDITION = re.compile(r"\b(if|while|for|switch)\s*(constexpr\s*)?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\bco_await\b")
LAMBDA_ARGUMENT = re.compile(r"[(,]\s*\[[^\]]*\]\s*(\(|\{|mutable|->)")
CAPTURING_COROUTINE = re.compile(r"\[[^\]]+\]\s*(\((?:[^()]|\([^()]*\))*\))?\s*(mutable\s*)?->\s*(\w+::)*awaitable\b")


def blank(text):
    """Comments, preprocessor lines and the insides of literals removed, line numbers kept."""
    text = re.sub(r'R"(\w*)\((.|\n)*?\)\1"', lambda m: '""' + "\n" * m.group(0).count("\n"), text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"(?<![0-9a-fA-F])'(\\.|[^'\\\n])+'", "0", text)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.M)


def statements(text):
    """(line, statement): cut at ; { } outside of parentheses."""
    current, depth, line, start = "", 0, 1, 1
    for char in text:
        line += char == "\n"
        if not current.strip():
            start = line
        current += char
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif depth == 0 and char in ";{}":
            yield start, current
            current = ""


def finding(statement):
    count = len(re.findall(r"\bco_await\b", statement))
    if not count:
        return None
    if CONDITION.search(statement):
        return "co_await in a condition"
    if count > 1:
        return "more than one co_await in a statement"
    after = statement[statement.index("co_await"):]
    if LAMBDA_ARGUMENT.search(after):
        return "lambda temporary in a co_await expression"
    if "{" in after.rstrip("{}; \n"):
        return "brace-initialised temporary in a co_await expression"
    if "?" in statement:
        return "conditional operator with co_await"
    return None


def check(path):
    text = blank(path.read_text())
    for match in CAPTURING_COROUTINE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, "coroutine lambda with captures", match.group(0)
    for line, statement in statements(text):
        rule = finding(statement)
        if rule:
            yield line, rule, statement
    resolved = path.resolve()
    if ROOT in resolved.parents and re.search(r"\bco_(await|return|yield)\b", text):
        relative = resolved.relative_to(ROOT).as_posix()
        if not relative.startswith(ALLOWED):
            yield 1, "coroutine below net", relative


def main():
    files = [pathlib.Path(name) for name in sys.argv[1:]]
    if not files:
        files = sorted(path for folder in ("src", "apps") for suffix in ("hpp", "cpp")
                       for path in (ROOT / folder).rglob(f"*.{suffix}"))
    found = 0
    for path in files:
        for line, rule, statement in check(path):
            print(f"{path}:{line}: {rule}: {' '.join(statement.split())[:80]}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
