#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/http_coding.hpp"
#include "net/http_message.hpp"

namespace parley::api {

/// Under what a finished answer may be sent again: the state of the node and the minute whose statement
/// counts it.
struct Freshness {
  std::uint64_t epoch = 0;  ///< 0: nothing is fresh
  std::int64_t minute = 0;
  bool operator==(const Freshness&) const = default;
};

/// Finished answers, put in on the node thread and given out on the IO thread without asking the node. It
/// holds answers of one freshness only; whatever was put in under another is gone. All members may be called
/// from any thread.
class AnswerCache {
 public:
  explicit AnswerCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The answer for this key if it was put in under exactly this freshness; counts one more for its ticket.
  std::optional<net::Response> find(std::string_view key, const Freshness& now);
  /// Keeps a copy; `response.page` is shared, not copied. The oldest ones leave when there is no room.
  void keep(std::string key, const Freshness& now, std::uint64_t ticket, const net::Response& response);
  /// How often answers were given out since the last call, by ticket.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> take_counts();

  /// `page` in this coding; made once as long as somebody holds the page. Null when it cannot be made.
  std::shared_ptr<const std::string> coded(const std::shared_ptr<const std::string>& page,
                                           net::Coding coding);
  /// The same, where it was made before.
  std::shared_ptr<const std::string> find_coded(const std::shared_ptr<const std::string>& page,
                                                net::Coding coding) const;

  std::size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    std::uint64_t ticket = 0;
    net::Response response;
    std::size_t bytes = 0;
  };
  struct Coded {
    std::weak_ptr<const std::string> plain;
    std::shared_ptr<const std::string> page;
  };
  void drop_oldest();

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  Freshness freshness_;
  std::list<Entry> entries_;  // oldest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;
  std::size_t bytes_ = 0;
  std::unordered_map<const std::string*, Coded> coded_[2];
};

}  // namespace parley::api
