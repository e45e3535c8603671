#pragma once

#include <optional>

#include "client/pull_job.hpp"
#include "service.hpp"

namespace parley::app {

/// How a TAXII server is reached and what proves us there: from the command's arguments, and kept with a
/// schedule. Holds secrets in the clear.
struct TaxiiAccess {
  client::Credentials credentials;
  net::HttpsTrust trust;
  std::optional<net::HttpsProxy> proxy;  ///< when the command named one, or said that there is none

  /// Reads the files that the arguments name. Usage errors for options that do not go together.
  static Result<TaxiiAccess> from_args(const Args& args);
  Json to_json() const;
  static Result<TaxiiAccess> from_json(const Json& json);
};

}  // namespace parley::app
