#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/result.hpp"
#include "state_sqlite/connection.hpp"

namespace parley::state_sqlite {

/// One step of the schema: from the version before to the one after. Steps are only ever added at the end.
struct Migration {
  const char* sql;
};

/// The steps of this program; their number is the schema version it knows.
std::span<const Migration> migrations();

/// Brings the file to the newest version in one transaction, after `backup` has made a copy (not called for
/// a new file). `conflict`: the file is of a newer version, or of another program; nothing was changed.
Result<void> migrate(Connection& connection, std::span<const Migration> steps,
                     const std::function<Result<void>(std::int64_t from_version)>& backup);

}  // namespace parley::state_sqlite
