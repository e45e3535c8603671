#pragma once

#include "policy/rules.hpp"
#include "policy/toml_table.hpp"

namespace parley::policy {

/// One [[test]] of a policy: a question in short form, the answer expected, and the rule expected to fire.
/// What it leaves out is what a good case has: an active peer, an agreement in force with exactly this
/// purpose, an object without labels.
Result<WhatIf> read_what_if(TomlTable& table);

}  // namespace parley::policy
