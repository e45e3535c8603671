#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "encoding/json_splitter.hpp"
#include "stix/validator.hpp"

namespace parley::stix {

/// Bounds on one file. Memory stays below a few times `max_object_bytes`, and what is remembered of the
/// objects (about 40 bytes each, up to `max_remembered`).
struct DocumentLimits {
  std::size_t max_object_bytes = 16U << 20U;
  std::size_t max_depth = 64;
  /// Versions and identities that are compared with others of the file. What comes after is checked alone.
  std::size_t max_remembered = 2'000'000;
};

/// What was found in one file.
struct DocumentVerdict {
  std::uint64_t objects = 0;  ///< elements of a bundle or list; 1 for a single object
  std::uint64_t invalid_objects = 0;
  std::uint64_t objects_20 = 0;  ///< of them read as STIX 2.0
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  std::uint64_t coded_warnings = 0;  ///< warnings with an official code: what `--strict` counts
  bool is_bundle = false;
  bool readable = true;  ///< false: not one object or bundle could be found in it
};

/// Checks one file, chunk by chunk, whatever its size: a bundle, a single object, or a list of them. Rules
/// about several objects (duplicates, the interoperability profile's creators) are told at the end.
class DocumentValidator {
 public:
  DocumentValidator(ValidateOptions options, FindingSink& sink, const DocumentLimits& limits = {});
  ~DocumentValidator();
  DocumentValidator(DocumentValidator&&) noexcept;
  DocumentValidator& operator=(DocumentValidator&&) noexcept;

  void feed(BytesView chunk);
  const DocumentVerdict& finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::stix
