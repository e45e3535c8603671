#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace parley::state_sqlite {

/// The error of a SQLite result code: `conflict` when somebody else holds the file, else `internal`.
std::unexpected<Error> sqlite_error(sqlite3* db, int code, std::string_view doing);

/// A prepared statement. Values are always bound, never written into the text. Bound views must live until
/// the statement is stepped for the last time.
class Statement {
 public:
  Statement() = default;
  static Result<Statement> prepare(sqlite3* db, std::string_view sql);

  void bind(int index, std::int64_t value);
  void bind(int index, BytesView blob);
  void bind(int index, std::string_view text);

  /// Whether there is a row.
  Result<bool> step();
  /// Steps through a statement that gives no rows.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  /// Views that live until the next step.
  BytesView blob(int column) const;
  std::string_view text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_error_ = 0;
};

/// A statement of the cache while it is in use; reset afterwards, so that it holds no lock and no row.
class Lease {
 public:
  explicit Lease(Statement& statement) : statement_(&statement) {}
  Lease(Lease&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (statement_ != nullptr) statement_->reset();
  }
  Statement* operator->() const { return statement_; }
  Statement& operator*() const { return *statement_; }

 private:
  Statement* statement_;
};

}  // namespace parley::state_sqlite
