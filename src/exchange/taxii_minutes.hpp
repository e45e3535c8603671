#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "exchange/node.hpp"

namespace parley::state {
class Transaction;
}

namespace parley::exchange {

/// The minute of a time, since 1970.
constexpr std::int64_t minute_of(Timestamp time) {
  return time.seconds() >= 0 ? time.seconds() / 60 : (time.seconds() - 59) / 60;
}

/// What one statement about a caller of TAXII is about.
struct TaxiiMinute {
  std::int64_t minute = 0;
  std::string caller;
  std::string collection;  ///< id
  auto operator<=>(const TaxiiMinute&) const = default;
};

/// A kind of statement of which there is one for each caller, collection and minute. While the minute runs,
/// and after a crash, a document of the store stands for it: its note.
struct MinuteKind {
  std::string_view notes;  ///< collection of documents
  std::string_view schema;
};

/// The note, and the payload, with what every one of them has.
encoding::Json minute_note(const std::string& id, const TaxiiMinute& about);
encoding::Json minute_payload(Node& node, const MinuteKind& kind, const std::string& id,
                              const TaxiiMinute& about);

/// Writes a note over whatever stands there.
Result<void> put_note(state::Transaction& transaction, const MinuteKind& kind, const std::string& id,
                      const encoding::Json& note);

/// Records the statements (each payload with its `id`), then takes their notes away.
Result<void> record_minutes(Node& node, const MinuteKind& kind, const std::vector<encoding::Json>& payloads);
/// Takes a note away for which there is nothing to say.
Result<void> drop_note(Node& node, const MinuteKind& kind, const std::string& id);

/// Records what a crash left behind: a payload for each note, filled by `fill`.
Result<void> recover_minutes(
    Node& node, const MinuteKind& kind,
    const std::function<void(const encoding::Json& note, encoding::Json& payload)>& fill);

}  // namespace parley::exchange
