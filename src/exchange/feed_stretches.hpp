#pragma once

#include <cstddef>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/hash.hpp"
#include "state/member.hpp"

namespace parley::exchange {

/// A member of a collection that a caller may see. What is text lies in the stretch that the item is part of.
struct FeedItem {
  state::ContentKey content;
  Timestamp version;
  Timestamp added;
  state::SpecVersion spec = state::SpecVersion::v21;
  std::string_view id;
  std::string_view bytes;  ///< as it leaves; without data until somebody asked for it
  crypto::Hash256 hash{};  ///< SHA-256 of the bytes
};

/// All that one caller may see of a collection between two dates added, in their order.
struct FeedStretch {
  Timestamp from;  ///< it begins behind this date,
  Timestamp to;    ///< and ends with this one
  std::vector<FeedItem> items;
  std::vector<std::shared_ptr<const std::string>> texts;  ///< what items point into
  std::size_t text_bytes = 0;

  void hold(std::shared_ptr<const std::string> text) {
    text_bytes += text->capacity() + sizeof(std::string) + sizeof(text);
    texts.push_back(std::move(text));
  }
};

/// Names what a question chooses from: its collection and the filter. Nothing where it names objects or
/// versions: such pages are short, and no two are alike.
std::optional<std::string> feed_list(std::string_view collection, const state::MemberFilter& filter);

/// Stretches of collections that were looked through, for whoever comes to the same place again from another
/// date or with another limit. They hold for one caller, one content of the store and one policy: whoever
/// keeps them forgets them when one changes. Bounded in bytes: those that nobody came to for longest leave.
class FeedStretches {
 public:
  static constexpr Timestamp nowhere = Timestamp::from_microseconds(std::numeric_limits<std::int64_t>::max());

  explicit FeedStretches(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The one in which what follows `after` lies; null when nobody looked there. O(log n).
  std::shared_ptr<FeedStretch> find(const std::string& list, Timestamp after);
  /// Where the first one behind `after` begins; `nowhere` when there is none.
  Timestamp next_begin(const std::string& list, Timestamp after) const;
  /// `made` must not overlap with one that is there. It goes on in the one that ends where it begins, so that
  /// many short pages do not make many short stretches.
  void put(const std::string& list, std::shared_ptr<FeedStretch> made);
  /// Something was put into the stretch that was found last: it is measured again. Once after a `find` that
  /// found one.
  void measure();
  void clear();
  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::shared_ptr<FeedStretch> stretch;
    const std::string* list = nullptr;  ///< the key of its map
    std::size_t bytes = 0;
  };
  using Recent = std::list<Entry>;  // the last one that was used first
  using Places = std::map<Timestamp, Recent::iterator>;

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Recent recent_;
  std::map<std::string, Places, std::less<>> lists_;
};

}  // namespace parley::exchange
