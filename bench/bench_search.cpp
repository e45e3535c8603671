// bench_search [ATTRIBUTES] [DIRECTORY]: search over a store on a real disk, as one JSON object. Attributes
// of MISP events, one selector each and a comment of six words, a tenth of the values in several events: how
// long storing and indexing take, what the tables take on the disk, and what single questions take (median
// and 99th percentile of a thousand, in microseconds, each from a snapshot of its own).
#include <fmt/format.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "intel/index_terms.hpp"
#include "measure.hpp"
#include "state/search.hpp"
#include "state/upkeep.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley {
namespace {

using Clock = std::chrono::steady_clock;
using intel::Selector;
using intel::SelectorType;

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().text().c_str());
    std::exit(5);
  }
  return std::move(*result);
}
void must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(5);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The value of an attribute follows from its number: the bench asks for it again later.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

/// A tenth of the attributes says what one of a thousand times fewer values is.
Selector selector_of(std::uint64_t n, std::uint64_t count) {
  const std::uint64_t v = mixed(n % 10 == 9 ? n % (count / 1'000 + 1) : n);
  switch (v % 4) {
    case 0:
      return {SelectorType::ipv4_addr, fmt::format("{}.{}.{}.{}", 1 + (v >> 8U) % 200, (v >> 16U) & 255U,
                                                   (v >> 24U) & 255U, (v >> 32U) & 255U)};
    case 1:
      return {SelectorType::domain_name,
              fmt::format("{:x}.{:x}.example.org", (v >> 8U) & 0xFFFFFFU, v >> 56U)};
    default:
      return {SelectorType::file_sha256,
              fmt::format("{:016x}{:016x}{:016x}{:016x}", v, mixed(v + 1), mixed(v + 2), mixed(v + 3))};
  }
}

std::string word(std::uint64_t n) {
  // By Zipf's law over some fifty thousand words.
  const double u = static_cast<double>(mixed(n) % 1'000'003) / 1'000'003.0;
  return fmt::format("w{}", static_cast<std::uint64_t>(std::pow(50'000.0, u)));
}

class Bench {
 public:
  Bench(std::uint64_t count, std::string path)
      : count_(count), path_(std::move(path)), store_(must(state_sqlite::open(path_))) {}

  void store() {
    const auto start = Clock::now();
    constexpr std::uint64_t batch = 16'384;
    for (std::uint64_t begin = 0; begin < count_; begin += batch) {
      const std::uint64_t end = std::min(begin + batch, count_);
      auto transaction = must(store_->begin(state::Durability::buffered));
      std::vector<state::NewObject> objects;
      for (std::uint64_t n = begin; n < end; ++n) objects.push_back(attribute(n));
      const auto outcomes = must(transaction->put_objects(objects));
      std::vector<state::NewHolding> holdings;
      for (std::uint64_t n = begin; n < end; ++n) {
        state::NewHolding& one = holdings.emplace_back();
        one.selector = selector_of(n, count_);
        one.object = outcomes[n - begin].object;
        one.source = state::SourceId(1);
        one.marking = state::MarkingCode::green;
      }
      must(transaction->put_holdings(holdings));
      must(transaction->commit());
    }
    store_seconds_ = seconds_since(start);
  }

  void index() {
    const auto start = Clock::now();
    for (bool more = true; more;) {
      auto transaction = must(store_->begin(state::Durability::buffered));
      more = must(transaction->upkeep().index(500'000));
      must(transaction->commit());
    }
    index_seconds_ = seconds_since(start);
  }

  void ask() {
    std::uint64_t n = 1;
    const auto next = [&] { return mixed(++n) % count_; };
    measure("value", [&](const state::Reader& reader) {
      if (!must(reader.find_selector(selector_of(next(), count_)))) std::exit(5);
    });
    measure("value_that_is_not_there", [&](const state::Reader& reader) {
      static_cast<void>(
          must(reader.find_selector({SelectorType::domain_name, fmt::format("x{}.example", next())})));
    });
    measure("text_one_word", [&](const state::Reader& reader) {
      static_cast<void>(must(reader.searching().find_text({{word(next() + count_), false}}, {}, 100)));
    });
    measure("text_two_words", [&](const state::Reader& reader) {
      static_cast<void>(must(
          reader.searching().find_text({{word(next() * 6), false}, {word(next() * 6), false}}, {}, 100)));
    });
    measure("text_words_of_one", [&](const state::Reader& reader) {
      const std::uint64_t of = next() * 6;
      const auto found = must(reader.searching().find_text(
          {{word(of), false}, {word(of + 1), false}, {word(of + 2), false}}, {}, 100));
      if (found.empty()) std::exit(5);
    });
    measure("neighbours", [&](const state::Reader& reader) {
      const auto keys = must(reader.searching().find_saying(selector_of(next(), count_).value, {}, 100));
      if (keys.empty()) std::exit(5);
      for (std::size_t i = 0; i < std::min<std::size_t>(keys.size(), 20); ++i)
        static_cast<void>(must(reader.searching().find_content(keys[i])));
    });
    measure("below_a_domain", [&](const state::Reader& reader) {
      state::Scope scope;
      scope.domain = fmt::format("{:x}.example.org", next() % 256);
      static_cast<void>(must(reader.searching().list_in_scope(scope, SelectorType::domain_name, "", 100)));
    });
    measure("in_a_network", [&](const state::Reader& reader) {
      state::Scope scope;
      scope.network = intel::parse_network(fmt::format("{}.{}.0.0/16", 1 + next() % 200, next() % 256));
      static_cast<void>(must(reader.searching().list_in_scope(scope, SelectorType::ipv4_addr, "", 100)));
    });
  }

  void print() {
    store_.reset();  // so that everything is in the one file
    std::string tables;
    sqlite3* db = nullptr;
    if (sqlite3_open_v2(path_.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK)
      sqlite3_exec(
          db, "SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) > 100000",
          [](void* out, int, char** columns, char**) {
            auto& text = *static_cast<std::string*>(out);
            text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", columns[0], columns[1]);
            return 0;
          },
          &tables, nullptr);
    sqlite3_close(db);
    fmt::print(
        "{{\"attributes\":{},\"store_seconds\":{:.1f},\"index_seconds\":{:.1f},\"file_bytes\":{},"
        "\"peak_rss_bytes\":{},\"table_bytes\":{{{}}},\"microseconds\":{{{}}}}}\n",
        count_, store_seconds_, index_seconds_, std::filesystem::file_size(path_), bench::peak_rss_bytes(),
        tables, answers_);
  }

 private:
  state::NewObject attribute(std::uint64_t n) const {
    const Selector selector = selector_of(n, count_);
    const char* const type = selector.type == SelectorType::ipv4_addr     ? "ip-dst"
                             : selector.type == SelectorType::domain_name ? "domain"
                                                                          : "sha256";
    state::NewObject out;
    out.type = "x-misp-attribute";
    out.id = fmt::format("x-misp-attribute--{:08x}-{:04x}-4000-8000-{:012x}", mixed(n) >> 32U,
                         mixed(n) & 0xFFFFU, n);
    out.version = "2026-01-01T00:00:00Z";
    out.marking = state::MarkingCode::green;
    out.source = state::SourceId(1);
    out.raw = fmt::format(
        R"({{"uuid":"{}","type":"{}","category":"Network activity","to_ids":true,"distribution":"5",)"
        R"("timestamp":"1767225600","comment":"{} {} {} {} {} {}","deleted":false,)"
        R"("disable_correlation":false,"value":"{}"}})",
        out.id.substr(18), type, word(n * 6), word(n * 6 + 1), word(n * 6 + 2), word(n * 6 + 3),
        word(n * 6 + 4), word(n * 6 + 5), selector.value);
    out.references.push_back(
        {"event_ref", fmt::format("x-misp-event--00000000-0000-4000-8000-{:012x}", n / 100)});
    return out;
  }

  template <class Ask>
  void measure(const char* name, Ask&& ask) {
    constexpr int times = 1'000;
    std::vector<double> all;
    for (int i = 0; i < times; ++i) {
      const auto start = Clock::now();
      const auto reader = must(store_->snapshot());
      ask(*reader);
      all.push_back(seconds_since(start) * 1e6);
    }
    std::ranges::sort(all);
    answers_ += fmt::format("{}\"{}\":[{:.0f},{:.0f}]", answers_.empty() ? "" : ",", name, all[times / 2],
                            all[times * 99 / 100]);
  }

  std::uint64_t count_;
  std::string path_;
  std::unique_ptr<state::Store> store_;
  double store_seconds_ = 0;
  double index_seconds_ = 0;
  std::string answers_;
};

}  // namespace
}  // namespace parley

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  std::string directory = (std::filesystem::path(argc > 2 ? argv[2] : ".") / "bench-search-XXXXXX").string();
  if (count < 1'000 || ::mkdtemp(directory.data()) == nullptr) {
    std::fprintf(stderr, "bench_search [ATTRIBUTES] [DIRECTORY]: at least 1000, and a folder to write to\n");
    return 2;
  }
  {
    parley::Bench bench(count, directory + "/state.sqlite");
    bench.store();
    bench.index();
    bench.ask();
    bench.print();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  return 0;
}
