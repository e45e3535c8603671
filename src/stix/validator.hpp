#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "intel/stix.hpp"
#include "stix/finding.hpp"

namespace parley::stix {

enum class Version { v20, v21 };

struct ValidateOptions {
  bool interop = false;       ///< also the interoperability profile: more properties are required
  bool check_sco_ids = true;  ///< tell where a UUIDv5 id differs from the one that STIX 2.1 section 2.9 gives
  intel::StixLimits limits{};
};

/// Where an object stands.
struct ObjectPlace {
  std::string_view pointer;  ///< JSON pointer in its file; empty for a file that is one object
  bool in_bundle = false;    ///< without spec_version it is then STIX 2.0, as in real bundles
  std::optional<Version> bundle_version =
      std::nullopt;            ///< `spec_version` of the bundle, which only STIX 2.0 has
  bool objects_apart = false;  ///< this is the head of a bundle; its objects are checked one by one
};

/// What was found out about an object, enough for what is checked about several of them.
struct ObjectVerdict {
  bool readable = false;  ///< it was a JSON object
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t coded_warnings = 0;  ///< those with an official code
  std::string type;
  std::string id;
  std::string modified;
  std::string created_by;
  Version version = Version::v21;
};

/// Checks STIX 2.1 objects (and, as far as real bundles need it, STIX 2.0 objects) one after another, with
/// one parser and its memory used again: every MUST of the specification is an error, every SHOULD a warning.
/// One pass over the parsed object and a few looks at what belongs together; without findings it allocates
/// nothing for most objects. A bundle is checked with its objects. Not for two threads at a time.
class Validator {
 public:
  explicit Validator(ValidateOptions options = {});
  ~Validator();
  Validator(Validator&&) noexcept;
  Validator& operator=(Validator&&) noexcept;

  /// Never fails: what cannot be read is a finding (`not-json`). Linear in the size. The verdict lives until
  /// the next call.
  const ObjectVerdict& validate(std::string_view raw, const ObjectPlace& place, FindingSink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::stix
