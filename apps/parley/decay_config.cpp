#include "decay_config.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace parley::app {

namespace {

/// A number as TOML's integer, or as a text where it has a fraction: "2.3".
Result<double> read_number(policy::TomlTable& section, std::string_view key, double otherwise, double most) {
  double out = otherwise;
  const std::string text = section.text(key);
  if (!text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size())
      return fail(ErrorKind::bad_input, std::string(key) + " is a number in quotation marks, like \"2.3\"");
  }
  if (!(out > 0 && out <= most))
    return fail(ErrorKind::bad_input,
                std::string(key) + " is more than 0 and at most " + std::to_string(static_cast<int>(most)));
  return out;
}

Result<exchange::DecayModel> read_model(const policy::toml::table& table) {
  policy::TomlTable section(table, "decay");
  exchange::DecayModel model;
  model.name = section.text("name");
  PARLEY_TRY(model.base, read_number(section, "base", model.base, 100));
  PARLEY_TRY(model.lifetime_days, read_number(section, "lifetime_days", model.lifetime_days, 100'000));
  PARLEY_TRY(model.speed, read_number(section, "speed", model.speed, 1'000));
  PARLEY_TRY(model.threshold, read_number(section, "threshold", model.threshold, 100));
  model.label = section.text("label");
  model.expire = section.boolean("expire").value_or(false);
  for (const std::string& name : section.texts("types")) {
    const auto type = intel::parse_selector_type(name);
    if (!type) return fail(ErrorKind::bad_input, "there is no selector type \"" + name + "\"", "decay");
    model.types.push_back(*type);
  }
  PARLEY_CHECK(section.finish());
  if (model.name.empty() || model.types.empty())
    return fail(ErrorKind::bad_input, "a model has a name and types", "decay");
  return model;
}

}  // namespace

Result<std::vector<exchange::DecayModel>> read_decay_models(policy::TomlTable& file) {
  std::vector<exchange::DecayModel> out;
  for (const policy::toml::table* table : file.tables("decay")) {
    PARLEY_TRY(exchange::DecayModel model, read_model(*table));
    out.push_back(std::move(model));
  }
  return out;
}

}  // namespace parley::app
