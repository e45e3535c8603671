#pragma once

#include <optional>

#include "exchange/importing.hpp"
#include "exchange/misp_site.hpp"

namespace parley::exchange {

/// One event that a caller has given, on its way into the store: a part with each step.
class MispEventImport {
 public:
  static Result<MispEventImport> begin(MispSite& site, const MispCaller& caller, const misp::Event& event);
  /// The report once everything is durable; nothing before.
  Result<std::optional<ImportReport>> step();

 private:
  explicit MispEventImport(Import import) : import_(std::move(import)) {}

  Import import_;
};

}  // namespace parley::exchange
