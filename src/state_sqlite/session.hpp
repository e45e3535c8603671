#pragma once

#include <memory>
#include <utility>

#include "state_sqlite/connection.hpp"
#include "state_sqlite/names.hpp"

namespace parley::state_sqlite {

/// A connection with what is remembered of the small tables.
struct Session {
  explicit Session(std::unique_ptr<Connection> opened)
      : connection(std::move(opened)), names(*connection), labels(*connection) {}

  /// After a rollback.
  void forget() {
    names.forget();
    labels.forget();
  }

  std::unique_ptr<Connection> connection;
  Names names;
  LabelSets labels;
};

}  // namespace parley::state_sqlite
