#include "intel/substring_table.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"

namespace parley::intel {
namespace {

std::size_t index_of(char byte) {
  return static_cast<unsigned char>(byte);
}

}  // namespace

void SubstringTable::add(std::string_view text, std::uint16_t list) {
  if (text.empty()) return;
  std::string folded;
  folded.reserve(text.size());
  for (const char c : text) folded.push_back(to_lower(c));
  texts_.emplace_back(std::move(folded), list);
}

void SubstringTable::build() {
  std::ranges::sort(texts_);  // of equal texts the smallest list comes first
  const auto repeats =
      std::ranges::unique(texts_, [](const auto& a, const auto& b) { return a.first == b.first; });
  texts_.erase(repeats.begin(), repeats.end());
  build_states();
  build_failures();
}

/// Width first: a state stands for the texts that begin alike, a run of the sorted ones.
void SubstringTable::build_states() {
  struct Run {
    std::size_t begin, end, depth;
  };
  states_.assign(1, {});
  bytes_.assign(1, '\0');
  from_root_.fill(0);
  std::vector<Run> runs = {{0, texts_.size(), 0}};  // of each state
  for (std::size_t at = 0; at < runs.size(); ++at) {
    const Run run = runs[at];
    std::size_t i = run.begin;
    if (i < run.end && run.depth > 0 && texts_[i].first.size() == run.depth)
      states_[at].list = texts_[i++].second;
    states_[at].first_child = static_cast<std::uint32_t>(states_.size());
    while (i < run.end) {
      const char byte = texts_[i].first[run.depth];
      std::size_t end = i + 1;
      while (end < run.end && texts_[end].first[run.depth] == byte) ++end;
      if (at == 0) from_root_[index_of(byte)] = static_cast<std::uint32_t>(states_.size());
      ++states_[at].children;
      states_.emplace_back();
      bytes_.push_back(byte);
      runs.push_back({i, end, run.depth + 1});
      i = end;
    }
  }
}

void SubstringTable::build_failures() {
  for (std::uint32_t state = 0; state < states_.size(); ++state) {
    const std::uint32_t first = states_[state].first_child;
    for (std::uint32_t below = first; below < first + states_[state].children; ++below) {
      const std::uint32_t fail = state == 0 ? 0 : next(states_[state].fail, bytes_[below]);
      states_[below].fail = fail;
      states_[below].list = std::min(states_[below].list, states_[fail].list);
    }
  }
}

std::uint32_t SubstringTable::child(std::uint32_t state, char byte) const {
  const State& from = states_[state];
  if (from.children == 0) return 0;
  const char* first = bytes_.data() + from.first_child;
  if (from.children == 1) return *first == byte ? from.first_child : 0;
  const void* found = std::memchr(first, static_cast<unsigned char>(byte), from.children);
  if (found == nullptr) return 0;
  return from.first_child + static_cast<std::uint32_t>(static_cast<const char*>(found) - first);
}

std::uint32_t SubstringTable::next(std::uint32_t state, char byte) const {
  for (; state != 0; state = states_[state].fail)
    if (const std::uint32_t found = child(state, byte); found != 0) return found;
  return from_root_[index_of(byte)];
}

std::uint16_t SubstringTable::find(std::string_view value) const {
  std::uint16_t list = none;
  std::uint32_t state = 0;
  if (states_.size() <= 1) return none;
  for (const char c : value) {
    state = next(state, to_lower(c));
    list = std::min(list, states_[state].list);
  }
  return list;
}

}  // namespace parley::intel
