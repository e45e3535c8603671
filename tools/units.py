#!/usr/bin/env python3
"""Groups source files that can stand in one translation unit, because most of the time of a compiler (and of
clang-tidy) goes into the same headers, file after file.

Two files of a group never define the same name for themselves alone (in an unnamed namespace, static, a macro, an
alias), none calls a function by a name that is local to the other, and what both take from other namespaces under one
name is the same. What the rule misses does not compile; then give the name another name.

    tools/units.py LINES FILE…      a line a group: the files' paths, separated by ";" (a file alone is not listed)
"""
import pathlib
import re
import sys

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "src"
TYPE = re.compile(r"\b(?:struct|class|enum|union|concept)\s+(?:class\s+)?(\w+)")
ALIAS = re.compile(r"\busing\s+(\w+)\s*=|\bnamespace\s+(\w+)\s*=")
MACRO = re.compile(r"^\s*#\s*define\s+(\w+)")
# A name at the outermost level of an unnamed namespace: what stands before "(", "=", "{", "[" or ";".
NAME = re.compile(r"(\w+)\s*(?:\(|=|\{|\[|;)")
USING = re.compile(r"^\s*using ([\w:]+)::(\w+);", re.MULTILINE)
FIXTURE = re.compile(r'#include "(\w+/\w+_(?:fixture|test)\.hpp)"')
CALL = re.compile(r"(?<![\w.>:])(\w+)\(")


def local_names(text):
    """What a file defines for itself alone, generously: names in unnamed namespaces, static ones, macros, tests."""
    names = set()
    unnamed = False
    for line in text.splitlines():
        if macro := MACRO.match(line):
            names.add(macro.group(1))
        if re.match(r"namespace\s*\{", line):
            unnamed = True
        elif re.match(r"\}\s*//\s*namespace\s*$", line):
            unnamed = False
        elif (unnamed or line.startswith("static ")) and line[:1] not in ("", " ", "}", "/", "#", ")") \
                and not re.match(r"TEST|RC_GTEST|INSTANTIATE|template|using [\w:]+;|using namespace|namespace ", line):
            names.update(found for pair in ALIAS.findall(line) for found in pair if found)
            if kind := TYPE.search(line):
                names.add(kind.group(1))
            elif name := NAME.search(line):
                names.add(name.group(1))
    return names


def used_names(text):
    """The functions that a file calls, and those that its fixtures declare or call."""
    names = set(CALL.findall(text))
    for fixture in FIXTURE.findall(text):
        names |= used_names((SOURCES / fixture).read_text())
    return names


def units(files, lines):
    """[(path, text)] to groups of at most `lines` lines (a longer file stands alone): [[path, …], …], first fit."""
    groups = []
    for path, text in files:
        local, length = local_names(text), text.count("\n")
        used = local | used_names(text)
        taken = {name: space.removeprefix("::") for space, name in USING.findall(text)}
        for group in groups:
            if group["lines"] + length <= lines and not group["local"] & used and not group["used"] & local \
                    and all(group["taken"].get(name, space) == space for name, space in taken.items()):
                break
        else:
            group = {"files": [], "local": set(), "used": set(), "taken": {}, "lines": 0}
            groups.append(group)
        group["files"].append(path)
        group["local"] |= local
        group["used"] |= used
        group["taken"].update(taken)
        group["lines"] += length
    return [group["files"] for group in groups]


if __name__ == "__main__":
    for found in units([(path, pathlib.Path(path).read_text()) for path in sys.argv[2:]], int(sys.argv[1])):
        if len(found) > 1:
            print(";".join(found))
