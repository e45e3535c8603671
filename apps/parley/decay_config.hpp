#pragma once

#include <vector>

#include "exchange/decay.hpp"
#include "policy/toml_table.hpp"

namespace parley::app {

/// The tables `[[decay]]` of config.toml, in their order.
Result<std::vector<exchange::DecayModel>> read_decay_models(policy::TomlTable& file);

}  // namespace parley::app
