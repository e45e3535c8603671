#pragma once

#include <optional>

#include "client/pull_job.hpp"
#include "service.hpp"

namespace parley::app {

/// How somebody else's server is reached and what proves us there: from the command's arguments, and kept
/// with a schedule. Holds secrets in the clear.
struct RemoteAccess {
  client::Credentials credentials;
  net::HttpsTrust trust;
  std::optional<net::HttpsProxy> proxy;  ///< when the command named one, or said that there is none

  Json to_json() const;
  static Result<RemoteAccess> from_json(const Json& json);
};

// Both read the files that the arguments name. Usage errors for options that do not go together.
Result<RemoteAccess> taxii_access(const Args& args);
/// An instance wants a key, a feed need not.
Result<RemoteAccess> misp_access(const Args& args, bool is_feed);

}  // namespace parley::app
