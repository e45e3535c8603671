#include "api/answer_cache.hpp"

namespace parley::api {

namespace {
// Compressed pages that are remembered; the plain ones belong to the service.
constexpr std::size_t max_coded = 512;
constexpr std::size_t entry_overhead = 512;
}  // namespace

std::optional<net::Response> AnswerCache::find(std::string_view key, const Freshness& now) {
  std::lock_guard lock(mutex_);
  if (now.epoch == 0 || freshness_ != now) return std::nullopt;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  ++counts_[found->second->ticket];
  return found->second->response;
}

void AnswerCache::drop_oldest() {
  bytes_ -= entries_.front().bytes;
  by_key_.erase(entries_.front().key);
  entries_.pop_front();
}

void AnswerCache::keep(std::string key, const Freshness& now, std::uint64_t ticket,
                       const net::Response& response) {
  const std::size_t size =
      key.size() + entry_overhead + response.body.size() + (response.page ? response.page->size() : 0);
  std::lock_guard lock(mutex_);
  if (freshness_ != now) {
    by_key_.clear();
    entries_.clear();
    bytes_ = 0;
    freshness_ = now;
  }
  if (size > max_bytes_ || now.epoch == 0 || by_key_.contains(key)) return;
  while (bytes_ + size > max_bytes_) drop_oldest();
  entries_.push_back(Entry{std::move(key), ticket, response, size});
  by_key_.emplace(entries_.back().key, std::prev(entries_.end()));
  bytes_ += size;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> AnswerCache::take_counts() {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out(counts_.begin(), counts_.end());
  counts_.clear();
  return out;
}

std::shared_ptr<const std::string> AnswerCache::find_coded(const std::shared_ptr<const std::string>& page,
                                                           net::Coding coding) const {
  const auto& pages = coded_[coding == net::Coding::gzip ? 0 : 1];
  std::lock_guard lock(mutex_);
  const auto found = pages.find(page.get());
  // The address may belong to another page by now.
  if (found == pages.end() || found->second.plain.lock() != page) return nullptr;
  return found->second.page;
}

std::shared_ptr<const std::string> AnswerCache::coded(const std::shared_ptr<const std::string>& page,
                                                      net::Coding coding) {
  if (auto known = find_coded(page, coding)) return known;
  auto& pages = coded_[coding == net::Coding::gzip ? 0 : 1];
  auto made = net::compress(coding, *page);
  if (!made) return nullptr;
  auto shared = std::make_shared<const std::string>(std::move(*made));
  std::lock_guard lock(mutex_);
  if (pages.size() >= max_coded)
    std::erase_if(pages, [](const auto& one) { return one.second.plain.expired(); });
  if (pages.size() >= max_coded) pages.clear();
  pages[page.get()] = Coded{page, shared};
  return shared;
}

std::size_t AnswerCache::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace parley::api
