#include "policy/policy.hpp"

namespace parley::policy {

std::string_view default_policy_toml() {
  return R"toml(# What may leave this node, and to whom. Nothing does until you say so.
#
# Deny wins, unknown keys are errors, and the [[test]] cases below run at every load: if one of them fails,
# the policy does not load and nothing leaves. "parley policy check" says what is wrong, "parley policy
# explain" which rule decides a case. docs/policy.md explains every key.

version = 1

# The purposes that an act may have. An act names exactly one, and its agreement must cover it too.
purposes = []

# One entry for each peer that may get something: by the name under which it was pinned, by the origin of its
# log, or by both. tlp is the strictest marking that may go there; RED never does.
#
# [[peer]]
# name = "CERT Bravo"
# tlp = "green"

# Text that carries an indicator which may not go there: keep the object back ("deny") or take the text out
# ("strip").
free_text = "deny"

[off_limits]
# Never matched, released or exported, to anybody.
labels = ["classified", "victim", "source", "natural-person"]
types = []
values = []
actors = []

[open_cases]
# Objects with one of these labels (or "label:name") belong to an open case. They stay out of matches and
# releases unless the case is named here.
labels = ["open-case"]
match = []
release = []

[strip]
# Properties that are taken out before an object leaves, by type; "*" is every type.
"*" = ["x_internal_note"]

[approvals.release]
count = 2
different_units = true

[approvals.export]
count = 2
different_units = true

[approvals.match]
count = 0

[[test]]
name = "nobody is listed, so nothing leaves"
act = "release"
peer = "CERT Bravo"
purpose = "incident-response"
type = "indicator"
tlp = "clear"
expect = "deny"
rule = "peer-not-listed"
)toml";
}

}  // namespace parley::policy
