#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "intel/index_terms.hpp"
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
    unheld_from = no_object;
  }

  static constexpr std::int64_t no_object = std::numeric_limits<std::int64_t>::max();
  std::unique_ptr<Connection> connection;
  Names names;
  LabelSets labels;
  /// What the indexes take from contents; made when it is first used.
  intel::TermReader& terms() {
    if (!terms_) terms_.emplace();
    return *terms_;
  }
  /// Objects with this key and greater ones were stored after holdings were last put: nothing holds from
  /// them.
  std::int64_t unheld_from = no_object;

 private:
  std::optional<intel::TermReader> terms_;
};

}  // namespace parley::state_sqlite
