#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "stix/validator.hpp"

namespace parley::stix {

/// What the validator said: "rule pointer", in its order.
class Noted final : public FindingSink {
 public:
  bool take(const Finding& finding) override {
    std::string line = std::string(finding.name()) + " " + finding.pointer();
    (finding.severity() == Severity::error ? errors : warnings).push_back(std::move(line));
    messages.push_back(finding.message());
    return true;
  }
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::vector<std::string> messages;
};

inline std::string read_vector(const std::string& name) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One valid object of every type, some types twice.
inline const encoding::Json::Array& every_type() {
  static const encoding::Json bundle = *encoding::parse_json(read_vector("stix/every-type.json"));
  return *bundle.find("objects")->if_array();
}

/// The first object of that type.
inline encoding::Json example(std::string_view type) {
  for (const encoding::Json& object : every_type())
    if (*object.find("type")->if_string() == type) return object;
  return {};
}

inline Noted check(const encoding::Json& object, const ObjectPlace& place = {},
                   ValidateOptions options = {}) {
  Noted noted;
  Validator validator(std::move(options));
  validator.validate(encoding::write_json(object), place, noted);
  return noted;
}

}  // namespace parley::stix
