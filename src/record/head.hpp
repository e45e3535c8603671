#pragma once

#include <string>

#include "base/time.hpp"
#include "encoding/json.hpp"
#include "record/jws.hpp"

namespace parley::record {

/// What every statement begins with. `make_head` of the exchange layer fills it; the schema is the struct's.
struct Head {
  std::string id;    ///< UUIDv7
  std::string node;  ///< log origin of the node that states this
  Timestamp created;
};

/// Each schema is a struct with
///   static constexpr std::string_view schema = "parley/NAME/1";
///   Json to_json() const;                                  what is signed
///   static Result<X> from_json(const Json& payload);       strict in what it names, silent on what it does
///   not
/// Hashes and keys are lower-case hexadecimal in the payload. Unknown members are kept by the JWS and
/// ignored.
template <class S>
Result<S> read_statement(const Statement& statement) {
  if (statement.schema != S::schema)
    return fail(ErrorKind::bad_input,
                "expected a statement " + std::string(S::schema) + ", got " + statement.schema);
  return S::from_json(statement.members);
}

}  // namespace parley::record
