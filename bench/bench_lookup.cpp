// bench_lookup --items N [--queries Q] [--threads T] [--labels] [--rounds R] [--json]
// A set of N items built and handed over, then Q look-ups of it in one batch, between two processes over
// loopback TCP; half of the values asked are in the set, and the result is checked. `seconds` and
// `cpu_seconds` (both processes) are those of the batch, from the values to the findings, in the best of R
// rounds; the set is built and downloaded once and has figures of its own. `single_seconds` is one look-up
// alone.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "crypto/seeded.hpp"
#include "group/isa.hpp"
#include "lookup/party.hpp"
#include "lookup/set_builder.hpp"
#include "measure.hpp"

namespace {

using namespace parley;
using Clock = std::chrono::steady_clock;

struct Options {
  std::uint32_t items = 1U << 14;
  std::uint32_t queries = 1024;
  std::size_t threads = 1;
  int rounds = 5;
  bool labels = false;
  bool json = false;
};

/// What the asker measured of one batch.
struct Report {
  double seconds = 0;
  double cpu = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint32_t correct = 0;
};

class Threads final : public Parallel {
 public:
  explicit Threads(std::size_t width) : width_(width) {}
  std::size_t width() const override { return width_; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < count; i = next++) task(i);
    };
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < std::min(width_, count); ++t) others.emplace_back(work);
    work();
  }

 private:
  std::size_t width_;
};

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Frames as the peer channel has them: u32 length, u8 type, body. Counts what passes.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  void write(BytesView body) {
    Bytes frame;
    append_u32(frame, static_cast<std::uint32_t>(body.size()));
    frame.push_back(0x45);
    append(frame, body);
    write_all(frame);
    sent += frame.size();
  }
  Bytes read() {
    ByteArray<5> head;
    read_all(head);
    Bytes body(*ByteReader(head).u32());
    read_all(body);
    received += head.size() + body.size();
    return body;
  }
  void write_all(BytesView bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      PARLEY_ASSERT(n > 0);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  void read_all(std::span<std::uint8_t> out) {
    while (!out.empty()) {
      const ssize_t n = ::recv(fd_, out.data(), out.size(), 0);
      PARLEY_ASSERT(n > 0);
      out = out.subspan(static_cast<std::size_t>(n));
    }
  }
  std::uint64_t sent = 0;
  std::uint64_t received = 0;

 private:
  int fd_;
};

Bytes item(std::uint32_t number) {
  Bytes out = to_bytes("domain-name");
  out.push_back(0);
  append(out, fmt::format("h{:08}.example.org", number));
  return out;
}

std::pair<int, int> loopback_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  PARLEY_ASSERT(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  PARLEY_ASSERT(::listen(listener, 1) == 0);
  PARLEY_ASSERT(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  PARLEY_ASSERT(::connect(client, reinterpret_cast<sockaddr*>(&address), size) == 0);
  const int server = ::accept(listener, nullptr, nullptr);
  PARLEY_ASSERT(server >= 0);
  ::close(listener);
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {client, server};
}

/// The process that asks: takes the set and the key, then one batch a round.
void ask(const Options& options, int socket, int reports) {
  Wire wire(socket);
  Threads threads(options.threads);
  crypto::EncodedPoint public_key;
  ByteArray<8> size;
  wire.read_all(public_key);
  wire.read_all(size);
  const auto file = std::make_shared<Bytes>(*ByteReader(size).u64());
  wire.read_all(*file);
  const auto set = lookup::SetFile::open(file);
  PARLEY_ASSERT(set);
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "bench_lookup asker");
  const auto batch = [&](std::uint32_t count) {
    std::vector<Bytes> values;
    for (std::uint32_t i = 0; i < count; ++i)
      values.push_back(item(i % 2 == 0 ? i * 97 % options.items : options.items + i));
    Report report;
    const std::uint64_t sent = wire.sent;
    const std::uint64_t received = wire.received;
    const double cpu = bench::cpu_seconds();
    const auto start = Clock::now();
    lookup::Asker asker(*set, public_key);
    const auto query = asker.ask(std::move(values), entropy, threads);
    PARLEY_ASSERT(query);
    wire.write(*query);
    const auto found = asker.take(wire.read(), threads);
    PARLEY_ASSERT(found);
    report.seconds = since(start);
    report.cpu = bench::cpu_seconds() - cpu;
    report.sent = wire.sent - sent;
    report.received = wire.received - received;
    report.correct = 1;
    for (std::uint32_t i = 0; i < count; ++i)
      if ((*found)[i].hit != (i % 2 == 0 && options.items > 0)) report.correct = 0;
    PARLEY_ASSERT(::write(reports, &report, sizeof report) == sizeof report);
  };
  for (int round = 0; round < options.rounds; ++round) batch(options.queries);
  for (int round = 0; round < options.rounds; ++round) batch(1);
}

struct Built {
  lookup::SetBuilder builder;
  double seconds = 0;
  double cpu = 0;
};

Built build(const std::vector<Bytes>& items, const Options& options, Entropy& entropy, Parallel& parallel) {
  std::vector<lookup::EncodedLabel> labels;
  for (std::size_t i = 0; options.labels && i < items.size(); ++i) {
    const auto label = lookup::encode_label({fmt::format("indicator--{:08}", i), 1});
    PARLEY_ASSERT(label);
    labels.push_back(*label);
  }
  const double cpu = bench::cpu_seconds();
  const auto start = Clock::now();
  auto builder = lookup::SetBuilder::start(std::vector<BytesView>(items.begin(), items.end()),
                                           std::move(labels), oprf::KeyPair::generate(entropy), entropy);
  PARLEY_ASSERT(builder);
  for (bool done = false; !done;) {
    const auto step = builder->step(parallel);
    PARLEY_ASSERT(step);
    done = *step;
  }
  return {std::move(*builder), since(start), bench::cpu_seconds() - cpu};
}

Report best(const std::vector<Report>& all) {
  Report out = all.front();
  for (const Report& one : all) {
    out.seconds = std::min(out.seconds, one.seconds);
    out.cpu = std::min(out.cpu, one.cpu);
    out.correct &= one.correct;
  }
  return out;
}

int run(const Options& options) {
  const auto [client, server] = loopback_pair();
  int reports[2];
  PARLEY_ASSERT(::pipe(reports) == 0);
  const pid_t child = ::fork();
  PARLEY_ASSERT(child >= 0);
  if (child == 0) {
    ::close(server);
    ask(options, client, reports[1]);
    ::_exit(0);
  }
  ::close(client);
  Threads threads(options.threads);
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "bench_lookup server");
  std::vector<Bytes> items;
  for (std::uint32_t i = 0; i < options.items; ++i) items.push_back(item(i));
  Built built = build(items, options, entropy, threads);
  const Bytes file = built.builder.take();
  Wire wire(server);
  wire.write_all(built.builder.key().public_key());
  Bytes size;
  append_u64(size, file.size());
  wire.write_all(size);
  wire.write_all(file);
  const auto answer_rounds = [&] {
    std::vector<Report> all(static_cast<std::size_t>(options.rounds));
    for (Report& report : all) {
      const Bytes query = wire.read();
      const double cpu = bench::cpu_seconds();
      const auto answer = lookup::answer_query(built.builder.key(), query, entropy, threads);
      PARLEY_ASSERT(answer);
      wire.write(*answer);
      const double own = bench::cpu_seconds() - cpu;
      PARLEY_ASSERT(::read(reports[0], &report, sizeof report) == sizeof report);
      report.cpu += own;
    }
    return best(all);
  };
  const Report batch = answer_rounds();
  const Report single = answer_rounds();
  int status = 0;
  PARLEY_ASSERT(::waitpid(child, &status, 0) == child && status == 0);
  const bool correct = batch.correct == 1 && single.correct == 1;
  const double bits = options.items == 0 ? 0 : static_cast<double>(file.size()) * 8 / options.items;
  const std::string_view isa = group::name(group::best_isa());
  if (options.json)
    fmt::print(
        "{{\"protocol\":\"lookup\",\"security\":\"malicious\",\"items\":{},\"peer_items\":{},\"seconds\":{:."
        "6f},"
        "\"cpu_seconds\":{:.6f},\"bytes_sent\":{},\"bytes_received\":{},\"single_seconds\":{:.6f},"
        "\"build_seconds\":{:.4f},\"build_cpu_seconds\":{:.4f},\"set_bytes\":{},\"bits_per_item\":{:.2f},"
        "\"labels\":{},\"threads\":{},\"isa\":\"{}\",\"peak_rss_bytes\":{},\"correct\":{}}}\n",
        options.items, options.queries, batch.seconds, batch.cpu, batch.sent, batch.received, single.seconds,
        built.seconds, built.cpu, file.size(), bits, options.labels, options.threads, isa,
        bench::peak_rss_bytes(), correct);
  else
    fmt::print(
        "{} look-ups in {} items: {:.2f} ms, {:.2f} ms CPU of both, {} + {} bytes; one: {:.3f} ms\n"
        "set: {:.2f} s ({:.2f} s CPU), {} bytes, {:.2f} bits an item, {}; correct: {}\n",
        options.queries, options.items, batch.seconds * 1e3, batch.cpu * 1e3, batch.sent, batch.received,
        single.seconds * 1e3, built.seconds, built.cpu, file.size(), bits, isa, correct);
  return correct ? 0 : 1;
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json" || name == "--labels") {
      (name == "--json" ? options.json : options.labels) = true;
      continue;
    }
    if (++i == argc) return false;
    const auto value = static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10));
    if (name == "--items") {
      options.items = value;
    } else if (name == "--queries" || name == "--peer-items") {
      options.queries = value;
    } else if (name == "--threads") {
      options.threads = value;
    } else if (name == "--rounds") {
      options.rounds = static_cast<int>(value);
    } else {
      return false;
    }
  }
  return options.queries >= 1 && options.queries <= 8192 && options.threads >= 1 && options.rounds >= 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (parse(argc, argv, options)) return run(options);
  std::fputs(
      "bench_lookup --items N [--queries Q, at most 8192] [--threads T] [--labels] [--rounds R] [--json]\n",
      stderr);
  return 2;
}
