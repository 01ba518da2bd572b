#!/usr/bin/env python3
"""Writes ITEMS.md and the tests beside this file, from what rustdoc knows of tokio.

    cargo +nightly rustdoc -p tokio -- -Z unstable-options --output-format json --document-hidden-items
    tests/items/generate.py target/doc/tokio.json

The first in a package that depends on tokio with the features `full` and `test-util`; the second where ITEMS.md is.
"""
import json, re, sys
from collections import defaultdict
from pathlib import Path

here = Path(__file__).parent
document = json.load(open(sys.argv[1]))
index, paths = document["index"], document["paths"]

# Modules that are for tokio's macros, and what rustdoc knows of traits that are nobody's business.
INTERNAL_MODULES = {"macros"}
INTERNAL_TRAITS = {"Drop", "Freeze", "StructuralPartialEq", "TrivialClone", "UnsafeUnpin"}
INTERNAL_MACROS = {"select_priv_clean_pattern", "select_priv_declare_output_enum"}
MACROS = {"join", "main", "pin", "select", "task_local", "test", "try_join"}
AUTOMATIC = {"RefUnwindSafe", "Send", "Sync", "Unpin", "UnwindSafe"}
PRELUDE = {
    "AsRef", "Box", "Clone", "Copy", "Default", "Eq", "Extend", "Fn", "FnMut", "FnOnce", "From", "FromIterator", "Into",
    "IntoIterator", "Iterator", "Option", "Ord", "PartialEq", "PartialOrd", "Result", "Send", "String", "Sync", "TryFrom",
    "TryInto", "Unpin", "Vec",
}
# These need no runtime, and are tokio's.
OURS_IN_IO = {"Interest", "Ready", "Stderr", "Stdin", "Stdout", "stderr", "stdin", "stdout"}
OURS_IN_SYNC = {
    "sync::broadcast::Receiver", "sync::broadcast::Sender", "sync::broadcast::WeakSender", "sync::broadcast::channel",
    "sync::mpsc::OwnedPermit", "sync::mpsc::Receiver", "sync::mpsc::Sender", "sync::mpsc::UnboundedReceiver",
    "sync::mpsc::WeakSender", "sync::mpsc::channel", "sync::mpsc::error::SendTimeoutError", "sync::mpsc::unbounded_channel",
    "sync::oneshot::Receiver", "sync::oneshot::channel",
}
TAKEN_OVER = {"task::LocalKey", "task::futures::TaskLocalFuture"}


def is_taken_over(at, name):
    path = "::".join([*at, name])
    whole_modules = not at or at[0] == "sync" or (at == ("io",) and name not in OURS_IN_IO)
    return (whole_modules or path in TAKEN_OVER) and path not in OURS_IN_SYNC


def kind(item):
    return next(iter(item["inner"]))


def is_hidden(item):
    return any("hidden" in str(attribute) for attribute in item["attrs"])


# -- What is public, and where


def walk(module, at):
    for child in module["inner"]["module"]["items"]:
        item = index.get(str(child))
        if item and item["visibility"] in ("public", "default"):
            visit(item, at)


def visit(item, at, name=None):
    if kind(item) == "use":
        use = item["inner"]["use"]
        target = index.get(str(use["id"]))
        if use["is_glob"]:
            return walk(target, at) if target and kind(target) == "module" else None
        if not target and use["name"] in INTERNAL_MACROS:
            return None
        if not target:
            return listing.append((at, use["name"], use["id"], "elsewhere"))
        return visit(target, at, use["name"])
    name = name or item["name"]
    if kind(item) == "module":
        if name not in INTERNAL_MODULES and not is_hidden(item):
            walk(item, at + (name,))
    elif kind(item) != "impl" and not (kind(item) == "macro" and name not in MACROS):
        if (at, name) not in [each[:2] for each in listing]:
            listing.append((at, name, item["id"], kind(item)))


listing = []
walk(index[str(document["root"])], ())
listing.sort(key=lambda each: (len(each[0]), each[0]))
public = {}
for at, name, id, what in listing:
    if id is not None and (id not in public or (what == "function" and len(public[id]) == 1)):
        public[id] = at + (name,)

# -- Types, as they are written


def named(path):
    if path["id"] in public:
        full = ("tokio", *public[path["id"]])
        if full[:2] == ("tokio", "io") and full[-1] in ("Error", "ErrorKind", "Result", "SeekFrom"):
            full = ("std", *full[1:])
        return "::".join(full)
    full = paths[str(path["id"])]["path"]
    if full[0] in ("alloc", "core", "std"):
        if full[-1] in PRELUDE:
            return full[-1]
        middle = full[1:4] if full[1:3] == ["os", "unix"] else full[1:3] if full[1] == "os" else full[1:2]
        return "::".join(["std", *middle, full[-1]])
    return f"{full[0]}::{full[-1]}"


class Writer:
    """Writes types: where they stand in the place of `Self`, and of a lifetime that is left out."""

    def __init__(self, self_type=None, lifetime=""):
        self.self_type, self.lifetime = self_type, lifetime

    def path(self, path):
        return named(path) + self.arguments(path["args"])

    def arguments(self, arguments):
        if not arguments:
            return ""
        if "parenthesized" in arguments:
            signature = arguments["parenthesized"]
            output = f" -> {self.type(signature['output'])}" if signature["output"] else ""
            return f"({', '.join(map(self.type, signature['inputs']))}){output}"
        parts = []
        for argument in arguments["angle_bracketed"]["args"]:
            if "lifetime" in argument:
                parts.append(self.elided(argument["lifetime"]))
            else:
                parts.append(self.type(argument["type"]) if "type" in argument else argument["const"]["expr"])
        for constraint in arguments["angle_bracketed"]["constraints"]:
            binding = constraint["binding"]
            if "equality" in binding:
                parts.append(f"{constraint['name']} = {self.type(binding['equality']['type'])}")
            else:
                parts.append(f"{constraint['name']}: {self.bounds(binding['constraint'])}")
        return f"<{', '.join(parts)}>" if parts else ""

    def elided(self, lifetime):
        return self.lifetime if lifetime in (None, "'_") and self.lifetime else lifetime or ""

    def bounds(self, bounds):
        return " + ".join(filter(None, map(self.bound, bounds)))

    def bound(self, bound):
        if "outlives" in bound:
            return bound["outlives"]
        if "use" in bound:
            return ""
        bound = bound["trait_bound"]
        return self.for_all(bound) + ("?" if bound["modifier"] == "maybe" else "") + self.path(bound["trait"])

    def for_all(self, item):
        return f"for<{', '.join(each['name'] for each in item['generic_params'])}> " if item["generic_params"] else ""

    def type(self, type):
        (what, it), = type.items()
        match what:
            case "resolved_path": return self.path(it)
            case "generic": return self.self_type if it == "Self" and self.self_type else it
            case "primitive": return "!" if it == "never" else it
            case "tuple": return f"({', '.join(map(self.type, it))}{',' if len(it) == 1 else ''})"
            case "slice": return f"[{self.type(it)}]"
            case "array": return f"[{self.type(it['type'])}; {it['len']}]"
            case "impl_trait": return f"impl {self.bounds(it)}"
            case "raw_pointer": return f"*{'mut' if it['is_mutable'] else 'const'} {self.type(it['type'])}"
            case "dyn_trait":
                return "dyn " + " + ".join([self.path(each["trait"]) for each in it["traits"]] + [it["lifetime"]] * bool(it["lifetime"]))
            case "borrowed_ref":
                lifetime = self.elided(it["lifetime"])
                return f"&{lifetime}{' ' * bool(lifetime)}{'mut ' if it['is_mutable'] else ''}{self.type(it['type'])}"
            case "qualified_path":
                if it["trait"] and it["trait"]["path"]:
                    return f"<{self.type(it['self_type'])} as {self.path(it['trait'])}>::{it['name']}"
                return f"{self.type(it['self_type'])}::{it['name']}"
            case "function_pointer":
                output = f" -> {self.type(it['sig']['output'])}" if it["sig"]["output"] else ""
                return f"fn({', '.join(self.type(each) for _, each in it['sig']['inputs'])}){output}"

    def generics(self, generics):
        """Parameters with their bounds, and conditions."""
        parameters, conditions = [], []
        for each in generics["params"]:
            (what, it), = each["kind"].items()
            if what == "lifetime":
                parameters.append(each["name"] + (": " + " + ".join(it["outlives"]) if it["outlives"] else ""))
            elif what == "type" and not it["is_synthetic"]:
                bounds = self.bounds(it["bounds"])
                parameters.append(each["name"] + (f": {bounds}" if bounds else ""))
        for each in generics["where_predicates"]:
            (what, it), = each.items()
            if what == "bound_predicate" and self.bounds(it["bounds"]):
                conditions.append(f"{self.for_all(it)}{self.type(it['type'])}: {self.bounds(it['bounds'])}")
            elif what == "lifetime_predicate":
                conditions.append(f"{it['lifetime']}: {' + '.join(it['outlives'])}")
        return parameters, conditions


def head(parameters, arguments, output, conditions):
    # Lifetimes come first.
    parameters = sorted(parameters, key=lambda each: each[0] != "'")
    return "".join([
        f"<{', '.join(parameters)}>" if parameters else "",
        f"({', '.join(arguments)})",
        f" -> {output}" if output != "()" else "",
        f" where {', '.join(conditions)}" if conditions else "",
    ])


# -- What is written


def function(name, called, item, self_type=None, parameters=(), conditions=()):
    """One of the same signature that calls it."""
    it = item["inner"]["function"]
    plain = Writer(self_type)
    more_parameters, more_conditions = plain.generics(it["generics"])
    parameters, conditions = [*parameters, *more_parameters], [*conditions, *more_conditions]
    inputs = it["sig"]["inputs"]
    of_self = plain
    # What is borrowed by nobody in particular is borrowed from `self`.
    if inputs and inputs[0][0] == "self" and '"lifetime": null' in json.dumps(inputs[0]):
        of_self = Writer(self_type, "'this")
        parameters.insert(0, "'this")
    types = [(of_self if name == "self" else plain).type(type) for name, type in inputs]
    output = of_self.type(it["sig"]["output"]) if it["sig"]["output"] else "()"
    if it["header"]["is_async"]:
        is_generic = any(each[0] != "'" for each in parameters) or any("impl " in each for each in types)
        output = f"impl Future<Output = {output}>{'' if is_generic else ' + Send + Sync'}"
    names = "abcdefgh"[:len(types)]
    arguments = [f"{name}: {type}" for name, type in zip(names, types)]
    call = f"{called}({', '.join(names)})"
    if it["header"]["is_unsafe"]:
        return f"unsafe fn {name}{head(parameters, arguments, output, conditions)} {{ unsafe {{ {call} }} }}"
    return f"fn {name}{head(parameters, arguments, output, conditions)} {{ {call} }}"


def implementations(name, item):
    """The names of the traits, and a function for each set of conditions."""
    what = kind(item)
    names, sets = set(), defaultdict(list)
    for id in item["inner"][what]["impls"]:
        it = index[str(id)]["inner"]["impl"]
        internal = "__Origin" in json.dumps(it) or "PinnedFieldsOf" in json.dumps(it)
        if not it["trait"] or it["blanket_impl"] or it["is_negative"] or internal or it["trait"]["path"].split("::")[-1] in INTERNAL_TRAITS:
            continue
        self_type = Writer().type(it["for"])
        parameters, conditions = Writer(self_type).generics(it["generics"])
        if it["is_synthetic"]:
            bounds, more = Writer().generics(item["inner"][what]["generics"])
            conditions += [each for each in [*bounds, *more] if ":" in each and each not in conditions]
        if "'a" in parameters:
            conditions += [f"{each.split(':')[0]}: 'a" for each in parameters if each[0] != "'"]
        written = Writer(self_type).path(it["trait"])
        if it["trait"]["path"].split("::")[-1] not in AUTOMATIC:
            names.add(re.sub(r"^(\w+::)+", "", written))
        of_traits = [each.split(":")[0] for each in parameters if re.search(rf"<.*\b{each.split(':')[0]}\b", written) and each[0] != "'"]
        sets[tuple(parameters), tuple(conditions), self_type, tuple(of_traits)].append(written)
    lines = []
    for (parameters, conditions, self_type, of_traits), written in sets.items():
        macro = f"is_by!({', '.join(of_traits)}, " if of_traits else "is!("
        lines.append(f"fn {name}_is_{len(lines)}{head(parameters, [], '()', conditions)} {{ {macro}{self_type}: {', '.join(dict.fromkeys(written))}); }}")
    return sorted(names), lines


def type_lines(at, name, item):
    members, lines = [], []
    what, prefix = kind(item), "_".join([*at[1:], name])
    for id in item["inner"][what]["impls"]:
        it = index[str(id)]["inner"]["impl"]
        if it["trait"]:
            continue
        self_type = Writer().type(it["for"])
        parameters, conditions = Writer(self_type).generics(it["generics"])
        for id in it["items"]:
            member = index.get(str(id))
            if not member or member["visibility"] != "public":
                continue
            members.append(member["name"])
            called = f"<{self_type}>::{member['name']}"
            if kind(member) == "function":
                lines.append(function(f"{prefix}_{member['name']}", called, member, self_type, parameters, conditions))
            else:
                type = Writer(self_type).type(member["inner"]["assoc_const"]["type"])
                lines.append(f"fn {prefix}_{member['name']}() -> {type} {{ {called} }}")
    for id in item["inner"].get("enum", {}).get("variants", []):
        members.append(index[str(id)]["name"])
        lines.append(f"use tokio::{'::'.join([*at, name, members[-1]])} as _;")
    names, more = implementations(prefix, item)
    return members, names, lines + more


modules = defaultdict(lambda: dict(lines=[], taken_over=[], functions=[], types=[]))
for at, name, id, what in listing:
    path = "::".join([*at, name])
    module, item = modules[at], index.get(str(id))
    is_alias = public.get(id) != at + (name,) or what in ("elsewhere", "macro", "trait", "type_alias")
    if is_taken_over(at, name) or is_alias:
        module["taken_over" if is_taken_over(at, name) else "functions"].append(name)
        module["lines"].append(f"use tokio::{path} as _;")
    elif what == "function":
        module["functions"].append(name)
        module["lines"].append(function("_".join([*at[1:], name]), f"tokio::{path}", item))
    else:
        members, traits, lines = type_lines(at, name, item)
        module["types"].append((name, members, traits))
        module["lines"] += lines

quoted = lambda names: ", ".join(f"`{name}`" for name in names)
files = defaultdict(list)
table = (here / "table.md").read_text()
for at, module in sorted(modules.items()):
    table += f"\n## `{'::'.join(['tokio', *at])}`\n\n"
    if module["functions"]:
        table += f"- {quoted(sorted(module['functions']))}\n"
    for name, members, traits in sorted(module["types"]):
        table += f"- `{name}`{': ' * bool(members)}{quoted(members)}{'; is ' * bool(traits)}{quoted(traits)}\n"
    if module["taken_over"]:
        table += f"- tokio's own: {quoted(sorted(module['taken_over']))}\n"
    files["_".join(at[:2] if at[:1] == ("net",) else at[:1]) or "root"] += [f"\n// {'::'.join(['tokio', *at])}", *module["lines"]]
for name, lines in files.items():
    text = "//! By generate.py, from tokio's signatures.\n\nuse super::*;\n" + "\n".join(lines) + "\n"
    (here / f"{name}.rs").write_text(text)
(here.parent.parent / "ITEMS.md").write_text(table)
