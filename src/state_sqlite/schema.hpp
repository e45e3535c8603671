#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/result.hpp"
#include "state_sqlite/connection.hpp"

namespace parley::state_sqlite {

/// One step of the schema: from the version before to the one after. Steps are only ever added at the end.
struct Migration {
  const char* sql;  ///< null: only the parts
  std::span<const char* const> parts = {};
};

/// The steps of this program; their number is the schema version it knows.
std::span<const Migration> migrations();

struct SchemaVersion {
  std::int64_t version = 0;
  bool empty = false;  ///< a new file
};

/// What schema the file has, read without changing it. `conflict`: it is newer than `steps`, or the file
/// belongs to another program.
Result<SchemaVersion> check_schema(Connection& connection, std::span<const Migration> steps);

/// Brings the file to the newest version in one transaction, after `backup` has made a copy (not called for
/// a new file). Fails as `check_schema` does, and then nothing was changed.
Result<void> migrate(Connection& connection, std::span<const Migration> steps,
                     const std::function<Result<void>(std::int64_t from_version)>& backup);

}  // namespace parley::state_sqlite
