#include "exchange/feed_stretches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::exchange {

namespace {

/// Most items that pages are put together to.
constexpr std::size_t max_joined = 1'024;
/// What an empty stretch takes, with its places in the lists.
constexpr std::size_t stretch_overhead = 256;

std::size_t list_bytes(const std::string& list) {
  return stretch_overhead + list.size();
}

std::size_t bytes_of(const FeedStretch& stretch) {
  return stretch_overhead + stretch.items.capacity() * sizeof(FeedItem) + stretch.text_bytes;
}

}  // namespace

std::optional<std::string> feed_list(std::string_view collection, const state::MemberFilter& filter) {
  if (filter.nothing || !filter.ids.empty() || !filter.versions.empty()) return std::nullopt;
  std::string out(collection);
  out += filter.all ? "\nall" : "\n";
  if (filter.first) out += "\nfirst";
  if (filter.last) out += "\nlast";
  for (const state::SpecVersion spec : filter.specs)
    out += spec == state::SpecVersion::v20 ? "\n2.0" : "\n2.1";
  for (const std::string& type : filter.types) out += fmt::format("\n{}={}", type.size(), type);
  return out;
}

std::shared_ptr<FeedStretch> FeedStretches::find(const std::string& list, Timestamp after) {
  const auto places = lists_.find(list);
  if (places == lists_.end()) return nullptr;
  const auto behind = places->second.upper_bound(after);
  if (behind == places->second.begin()) return nullptr;
  const Recent::iterator entry = std::prev(behind)->second;
  if (entry->stretch->to <= after) return nullptr;
  recent_.splice(recent_.begin(), recent_, entry);
  return entry->stretch;
}

Timestamp FeedStretches::next_begin(const std::string& list, Timestamp after) const {
  const auto places = lists_.find(list);
  if (places == lists_.end()) return nowhere;
  const auto behind = places->second.upper_bound(after);
  return behind == places->second.end() ? nowhere : behind->first;
}

void FeedStretches::put(const std::string& list, std::shared_ptr<FeedStretch> made) {
  if (made->to <= made->from || max_bytes_ == 0) return;
  const auto [places, is_new] = lists_.try_emplace(list);
  if (is_new) bytes_ += list_bytes(list);
  const auto behind = places->second.upper_bound(made->from);
  if (behind != places->second.begin()) {
    const Recent::iterator before = std::prev(behind)->second;
    FeedStretch& old = *before->stretch;
    if (old.to == made->from && old.items.size() + made->items.size() <= max_joined) {
      old.items.insert(old.items.end(), made->items.begin(), made->items.end());
      for (const auto& text : made->texts) old.hold(text);
      old.to = made->to;
      recent_.splice(recent_.begin(), recent_, before);
      measure();
      return;
    }
  }
  const Timestamp from = made->from;
  recent_.push_front({std::move(made), &places->first, 0});
  places->second.emplace(from, recent_.begin());
  measure();
}

void FeedStretches::measure() {
  Entry& last = recent_.front();
  bytes_ -= last.bytes;
  last.bytes = bytes_of(*last.stretch);
  bytes_ += last.bytes;
  // The one in use goes, too, when it alone is too much: whoever uses it holds it.
  while (bytes_ > max_bytes_) {
    const Entry& oldest = recent_.back();
    bytes_ -= oldest.bytes;
    const auto places = lists_.find(*oldest.list);
    places->second.erase(oldest.stretch->from);
    if (places->second.empty()) {
      bytes_ -= list_bytes(places->first);
      lists_.erase(places);
    }
    recent_.pop_back();
  }
}

void FeedStretches::clear() {
  recent_.clear();
  lists_.clear();
  bytes_ = 0;
}

}  // namespace parley::exchange
