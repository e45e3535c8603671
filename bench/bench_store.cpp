// bench_store [SELECTORS] [DIRECTORY]: whole runs of the two storage drivers on a real disk, as one JSON
// object: selectors a second into SQLite by the bulk and the normal path, objects, look-ups, and durable
// appends to the ledger beside the bare write + fdatasync of the same bytes, measured in turn.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "log_file/file_log.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley {
namespace {

using Seconds = std::chrono::duration<double>;

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

template <class Work>
double seconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

double percentile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}

class MersenneEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
  }

 private:
  std::mt19937_64 random_{1};
};

/// Domains, addresses and hashes in the shares of public indicator lists.
std::vector<intel::Selector> make_selectors(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<intel::Selector> out;
  out.reserve(count);
  while (out.size() < count) {
    const std::uint64_t a = random();
    const std::uint64_t b = random();
    switch (a % 4) {
      case 0:
        out.push_back({intel::SelectorType::ipv4_addr,
                       fmt::format("{}.{}.{}.{}", b & 255, b >> 8 & 255, b >> 16 & 255, b >> 24 & 255)});
        break;
      case 1:
        out.push_back({intel::SelectorType::file_sha256,
                       fmt::format("{:016x}{:016x}{:016x}{:016x}", a, b, a ^ b, a + b)});
        break;
      default:
        out.push_back({intel::SelectorType::domain_name, fmt::format("{:x}.{:x}.example.org", b % 65536, a)});
    }
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

constexpr Timestamp seen = Timestamp::from_seconds(1'700'000'000);

struct Fresh {
  explicit Fresh(const std::filesystem::path& directory) : path(directory / "state.sqlite") {
    for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path.string() + end);
    store = must(state_sqlite::open(path));
  }
  std::filesystem::path path;
  std::unique_ptr<state::Store> store;
};

state::SourceId add_source(state::Store& store) {
  state::SourceId source;
  must(state::write(store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(source, t.add_source({"list", "file", "", "", seen}));
    return {};
  }));
  return source;
}

/// Selectors a second, the last commit synced.
double bulk(state::Store& store, std::span<const intel::Selector> sorted, std::size_t batch_size) {
  state::HoldingBatch batch;
  batch.source = add_source(store);
  batch.marking = state::MarkingCode::green;
  batch.first_seen = batch.last_seen = seen;
  const double time = seconds([&] {
    for (std::size_t at = 0; at < sorted.size(); at += batch_size)
      must(state::write(
          store, at + batch_size < sorted.size() ? state::Durability::buffered : state::Durability::synced,
          [&](state::Transaction& t) -> Result<void> {
            PARLEY_CHECK(
                t.load_holdings(batch, sorted.subspan(at, std::min(batch_size, sorted.size() - at))));
            return {};
          }));
  });
  return static_cast<double>(sorted.size()) / time;
}

double normal(state::Store& store, std::vector<intel::Selector> selectors, std::size_t batch_size) {
  std::mt19937_64 random(3);
  std::ranges::shuffle(selectors, random);
  const state::SourceId source = add_source(store);
  std::vector<state::NewHolding> batch;
  const double time = seconds([&] {
    for (std::size_t at = 0; at < selectors.size(); at += batch_size) {
      batch.clear();
      for (std::size_t i = at; i < std::min(at + batch_size, selectors.size()); ++i)
        batch.push_back(
            {selectors[i], {}, source, state::MarkingCode::green, {}, seen, seen, false, false, {}});
      must(state::write(
          store, at + batch_size < selectors.size() ? state::Durability::buffered : state::Durability::synced,
          [&](state::Transaction& t) -> Result<void> {
            PARLEY_CHECK(t.put_holdings(batch));
            return {};
          }));
    }
  });
  return static_cast<double>(selectors.size()) / time;
}

double lookups(state::Store& store, std::span<const intel::Selector> selectors) {
  const auto snapshot = must(store.snapshot());
  std::mt19937_64 random(4);
  std::vector<double> times;
  for (int i = 0; i < 20'000; ++i) {
    const intel::Selector& selector = selectors[random() % selectors.size()];
    times.push_back(seconds([&] { must(snapshot->find_holdings(selector)); }));
  }
  return percentile(times, 0.99);
}

struct ObjectRate {
  double objects_per_second, megabytes_per_second;
};

ObjectRate objects(state::Store& store, std::size_t count) {
  std::mt19937_64 random(5);
  const state::SourceId source = add_source(store);
  std::vector<state::NewObject> all(count);
  std::size_t bytes = 0;
  for (state::NewObject& object : all) {
    const std::uint64_t a = random();
    object.type = "indicator";
    object.id =
        fmt::format("indicator--{:08x}-{:04x}-4000-8000-{:012x}", a >> 32, a >> 16 & 0xFFFF, random() >> 16);
    object.version = "2026-01-02T03:04:05.678Z";
    object.created_by = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
    object.marking = state::MarkingCode::green;
    object.source = source;
    object.references = {{"created_by_ref", object.created_by},
                         {"object_marking_refs", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"}};
    object.raw = fmt::format(R"({{"type":"indicator","id":"{}","description":"{}"}})", object.id,
                             std::string(900, 'd'));
    bytes += object.raw.size();
  }
  std::vector<state::NewHolding> holdings;
  const double time = seconds([&] {
    constexpr std::size_t batch = 10'000;
    for (std::size_t at = 0; at < all.size(); at += batch)
      must(state::write(store, state::Durability::buffered, [&](state::Transaction& t) -> Result<void> {
        const auto part = std::span(all).subspan(at, std::min(batch, all.size() - at));
        PARLEY_TRY(const std::vector<state::Outcome> outcomes, t.put_objects(part));
        holdings.clear();
        for (std::size_t i = 0; i < part.size(); ++i)
          holdings.push_back({{intel::SelectorType::domain_name, part[i].id.substr(11) + ".example.org"},
                              outcomes[i].object,
                              source,
                              state::MarkingCode::green,
                              {},
                              seen,
                              seen,
                              false,
                              false,
                              {}});
        PARLEY_CHECK(t.put_holdings(holdings));
        return {};
      }));
  });
  return {static_cast<double>(count) / time, static_cast<double>(bytes) / time / 1e6};
}

struct AppendRate {
  double log_per_second, raw_per_second, log_p50_us, raw_p50_us;
};

/// Appends of `entries` leaves of 512 bytes and a checkpoint of 323 beside one bare write and fdatasync of
/// the same bytes, in turn, so that both see the same disk.
AppendRate appends(const std::filesystem::path& directory, std::size_t entries, int rounds) {
  std::filesystem::remove_all(directory / "ledger");
  MersenneEntropy entropy;
  const auto log = must(log_file::open(directory / "ledger", entropy));
  const std::vector<Bytes> leaves(entries, Bytes(512, 'e'));
  const Bytes checkpoint(323, 'c');
  const Bytes record(entries * 514 + checkpoint.size() + 64);
  const int fd = ::open((directory / "raw").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::vector<double> log_times;
  std::vector<double> raw_times;
  double log_total = 0;
  double raw_total = 0;
  for (int i = 0; i < rounds; ++i) {
    log_times.push_back(seconds([&] { must(log->append(leaves, checkpoint)); }));
    raw_times.push_back(seconds([&] {
      if (::write(fd, record.data(), record.size()) != static_cast<ssize_t>(record.size()) ||
          ::fdatasync(fd) != 0)
        std::exit(5);
    }));
    log_total += log_times.back();
    raw_total += raw_times.back();
  }
  ::close(fd);
  const double all = static_cast<double>(entries) * rounds;
  return {all / log_total, all / raw_total, percentile(log_times, 0.5) * 1e6,
          percentile(raw_times, 0.5) * 1e6};
}

int run(std::size_t count, const std::filesystem::path& directory) {
  const std::vector<intel::Selector> selectors = make_selectors(count, 2);
  double bulk_rate = 0;
  double lookup = 0;
  double walk = 0;
  double bytes_each = 0;
  {
    Fresh fresh(directory);
    bulk_rate = bulk(*fresh.store, selectors, 100'000);
    lookup = lookups(*fresh.store, selectors);
    auto snapshot = must(fresh.store->snapshot());
    std::size_t seen_selectors = 0;
    const double time = seconds([&] {
      must(snapshot->for_each_selector(intel::all_selector_types(), [&](const state::SelectorSummary&) {
        ++seen_selectors;
        return true;
      }));
    });
    walk = static_cast<double>(seen_selectors) / time;
    snapshot.reset();
    fresh.store.reset();
    bytes_each = static_cast<double>(std::filesystem::file_size(fresh.path)) / static_cast<double>(count);
  }
  Fresh second(directory);
  const double normal_rate = normal(*second.store, selectors, 50'000);
  Fresh third(directory);
  const ObjectRate object_rate = objects(*third.store, std::min<std::size_t>(count / 4, 200'000));
  const AppendRate single = appends(directory, 1, 1'000);
  const AppendRate batch = appends(directory, 256, 200);
  fmt::print(
      "{{\"selectors\":{},\"bulk_selectors_per_s\":{:.0f},\"normal_selectors_per_s\":{:.0f},"
      "\"walk_selectors_per_s\":{:.0f},\"bytes_per_selector\":{:.1f},\"lookup_p99_us\":{:.1f},"
      "\"objects_per_s\":{:.0f},\"objects_mb_per_s\":{:.1f},"
      "\"append_per_s\":{:.0f},\"append_p50_us\":{:.1f},\"raw_per_s\":{:.0f},\"raw_p50_us\":{:.1f},"
      "\"append_256_per_s\":{:.0f},\"append_256_p50_us\":{:.1f},\"raw_256_per_s\":{:.0f},"
      "\"raw_256_p50_us\":{:.1f}}}\n",
      count, bulk_rate, normal_rate, walk, bytes_each, lookup * 1e6, object_rate.objects_per_second,
      object_rate.megabytes_per_second, single.log_per_second, single.log_p50_us, single.raw_per_second,
      single.raw_p50_us, batch.log_per_second, batch.log_p50_us, batch.raw_per_second, batch.raw_p50_us);
  return 0;
}

}  // namespace
}  // namespace parley

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (count < 1'000) {
    std::fprintf(stderr, "bench_store [SELECTORS, at least 1000] [DIRECTORY]\n");
    return 2;
  }
  std::string pattern = std::string(argc > 2 ? argv[2] : "/tmp") + "/bench-store-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return 5;
  const int code = parley::run(count, pattern);
  std::filesystem::remove_all(pattern);
  return code;
}
