// bench_match [--protocol vole|vole-21x24|dh] [--security malicious|semi-honest] --items N [--peer-items M]
//             [--threads T] [--output items|size] [--learner receiver|both] [--prefer bytes|time]
//             [--network loopback|lan|wan] [--turns model|clock] [--json]
// One matching session between two processes over TCP, half of the smaller set in common, the result checked.
// `seconds` runs from the moment when both hold their sets until both are done; `cpu_seconds` is what both
// used meanwhile, their input and output threads included; `peak_rss_bytes` counts the set, the party and the
// queues. The commitment to the set, which goes into the offer, is timed apart. For dh, cost_ratio: CPU of
// both parties by their padded items, over two scalar multiplications and one hash to the group measured in
// the same run. With --turns both parties stand in one process and take turns, without a link; the seconds
// are those of each party's own calls with T cores (turns.hpp), by a model in CPU time or by the clock.
// `--protocol lookup` runs bench_lookup, which lies beside it, with the other options.
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/seeded.hpp"
#include "encoding/json.hpp"
#include "link.hpp"
#include "match/commitment.hpp"
#include "match/party.hpp"
#include "measure.hpp"
#include "turns.hpp"

namespace {

using namespace parley;
using match::Role;

struct Options {
  std::uint32_t items = 1U << 14;
  std::uint32_t peer_items = 0;
  std::size_t threads = 1;
  match::Protocol protocol = match::Protocol::dh;
  match::Output output = match::Output::items;
  match::Learner learner = match::Learner::receiver;
  match::Prefer prefer = match::Prefer::time;
  bench::LinkKind network = *bench::find_link("loopback");
  bool turns = false;
  bool model = false;
  bool json = false;
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

match::ItemSet make_set(std::uint32_t begin, std::uint32_t count) {
  match::ItemSet out;
  const std::string type("domain-name\0", 12);
  for (std::uint32_t i = 0; i < count; ++i)
    PARLEY_ASSERT(out.append_next(as_bytes(type + fmt::format("h{:08}.example.org", begin + i))));
  return out;
}

/// What one process reports to the parent.
struct Report {
  double cpu = 0;
  double commitment_cpu = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t peak_rss = 0;
  std::uint32_t matches = 0;
  std::uint32_t correct = 0;
};

/// Forgets the peak of the resident size up to now, which was reached while the set was made.
void reset_peak_rss() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

std::uint64_t peak_rss() {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmHWM:" && in >> kib) return kib * 1024;
  }
  return bench::peak_rss_bytes();
}

std::unique_ptr<match::Party> run_party(Role role, const match::Parameters& parameters,
                                        const crypto::Secret<32>& seed, match::ItemSet items,
                                        bench::Wire& wire, Parallel& parallel) {
  auto party = match::make_party(role, parameters, seed, std::move(items), parallel);
  PARLEY_ASSERT(party);
  auto step = (*party)->start();
  while (true) {
    PARLEY_ASSERT(step);
    for (match::Message& message : step->send) wire.write(std::move(message));
    if (step->done) break;
    if (step->more) {
      step = (*party)->resume();
    } else {
      const match::Message message = wire.read();
      step = (*party)->on_message(message.type, message.body);
    }
  }
  wire.flush();
  return std::move(*party);
}

/// The whole life of one party's process.
Report play(Role role, const Options& options, const match::Parameters& parameters, int fd,
            std::chrono::microseconds delay, int ready, int go) {
  const std::uint32_t common = std::min(options.items, options.peer_items) / 2;
  // The receiver holds 0 … items, the sender begins where `common` items are left.
  const bool receives = role == Role::receiver;
  match::ItemSet items =
      receives ? make_set(0, options.items) : make_set(options.items - common, options.peer_items);
  const std::uint32_t own = items.size();
  crypto::Secret<32> seed;
  seed.mutable_view()[0] = static_cast<std::uint8_t>(role) + 1;
  Report report;
  // Part of every session, and of no protocol: the root over the own set that goes into the offer.
  const double before_root = bench::cpu_seconds();
  match::set_root(items, seed, receives ? parameters.receiver_padded : parameters.sender_padded);
  report.commitment_cpu = bench::cpu_seconds() - before_root;
  reset_peak_rss();
  char byte = 0;
  PARLEY_ASSERT(::write(ready, &byte, 1) == 1 && ::read(go, &byte, 1) == 1);
  Threads parallel(options.threads);
  bench::Wire wire(fd, delay);
  const double before = bench::cpu_seconds();
  const auto party = run_party(role, parameters, seed, std::move(items), wire, parallel);
  report.cpu = bench::cpu_seconds() - before;
  report.peak_rss = peak_rss();
  report.sent = wire.sent();
  report.received = wire.received();
  report.correct = 1;
  if (const auto& outcome = party->outcome()) {
    report.matches = outcome->size;
    if (outcome->size != common) report.correct = 0;
    for (std::uint32_t i = 0; i < outcome->items.size(); ++i)
      if (outcome->items[i] != (receives ? own - common + i : i)) report.correct = 0;
  } else {
    report.correct = receives || parameters.learner == match::Learner::both ? 0 : 1;
  }
  return report;
}

struct Child {
  int ready = -1;
  int go = -1;
  int report = -1;
  pid_t pid = -1;
};

std::array<int, 2> make_pipe() {
  std::array<int, 2> out{};
  PARLEY_ASSERT(::pipe(out.data()) == 0);
  return out;
}

Child start_party(Role role, const Options& options, const match::Parameters& parameters, int fd,
                  int other_fd, std::chrono::microseconds delay) {
  const auto ready = make_pipe();
  const auto go = make_pipe();
  const auto report = make_pipe();
  const pid_t pid = ::fork();
  PARLEY_ASSERT(pid >= 0);
  if (pid == 0) {
    ::close(other_fd);
    const Report out = play(role, options, parameters, fd, delay, ready[1], go[0]);
    PARLEY_ASSERT(::write(report[1], &out, sizeof out) == sizeof out);
    std::_Exit(0);
  }
  // A child that dies closes its ends, so that reading from it fails instead of waiting.
  ::close(ready[1]);
  ::close(go[0]);
  ::close(report[1]);
  return {ready[0], go[1], report[0], pid};
}

/// CPU nanoseconds of the work that no implementation on these primitives can avoid for one item.
double nanoseconds_of_primitives() {
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "bench_match");
  const crypto::Scalar scalar = crypto::Scalar::random(entropy);
  const Bytes item = to_bytes("domain-name:h00000000.example.org");
  crypto::EncodedPoint point = crypto::hash_to_group(item, "bench").bytes();
  const double multiply = bench::nanoseconds_per_call(
      1000, [&](std::size_t) { point = crypto::multiply(point, scalar)->bytes(); });
  const double hash = bench::nanoseconds_per_call(
      1000, [&](std::size_t) { point[0] ^= crypto::hash_to_group(item, "bench").bytes()[0]; });
  return 2 * multiply + hash;
}

int usage() {
  std::fputs(
      "bench_match [--protocol vole|vole-21x24|dh|lookup] [--security malicious|semi-honest] --items N\n"
      "            [--peer-items M] [--threads T] [--output items|size] [--learner receiver|both]\n"
      "            [--prefer bytes|time] [--network loopback|lan|wan] [--turns model|clock] [--json]\n",
      stderr);
  return 2;
}

/// Becomes bench_lookup if the protocol is that; returns only if it is another, or the program is not there.
void run_lookup_instead(int argc, char** argv) {
  std::vector<char*> rest;
  bool lookup = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    // What there is one kind of only needs no option there.
    if ((name == "--protocol" && value == "lookup") || (name == "--security" && value == "malicious") ||
        (name == "--network" && value == "loopback")) {
      lookup = lookup || name == "--protocol";
      ++i;
    } else {
      rest.push_back(argv[i]);
    }
  }
  if (!lookup) return;
  std::string program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("bench_lookup");
  rest.insert(rest.begin(), program.data());
  rest.push_back(nullptr);
  execv(program.c_str(), rest.data());
  std::perror(program.c_str());
}

bool parse(int argc, char** argv, Options& options) {
  std::string security;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      options.json = true;
      continue;
    }
    if (++i == argc) return false;
    const std::string value = argv[i];
    const auto number = [&] { return static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10)); };
    const auto take = [](auto& to, auto parsed) {
      if (parsed) to = *parsed;
      return parsed.has_value();
    };
    bool good = true;
    if (name == "--protocol") {
      good = value == "dh" || value == "vole" || value == "vole-21x24";
      options.protocol = value == "dh"     ? match::Protocol::dh
                         : value == "vole" ? match::Protocol::vole
                                           : match::Protocol::vole_21x24;
    } else if (name == "--security") {
      security = value;
    } else if (name == "--items") {
      options.items = number();
    } else if (name == "--peer-items") {
      options.peer_items = number();
    } else if (name == "--threads") {
      options.threads = std::max(1U, number());
    } else if (name == "--output") {
      good = take(options.output, match::parse_output(value));
    } else if (name == "--learner") {
      good = take(options.learner, match::parse_learner(value));
    } else if (name == "--prefer") {
      good = take(options.prefer, match::parse_prefer(value));
    } else if (name == "--turns") {
      good = value == "model" || value == "clock";
      options.turns = true;
      options.model = value == "model";
    } else if (name == "--network") {
      good = take(options.network, bench::find_link(value));
    } else {
      good = false;
    }
    if (!good) return false;
  }
  if (options.peer_items == 0) options.peer_items = options.items;
  if (!security.empty() && security != match::protocol_security(options.protocol)) return false;
  return options.items <= match::max_padded_size && options.peer_items <= match::max_padded_size;
}

/// Waits for both parties to be ready, lets them go, and collects their reports; false when one died.
bool run_both(const std::array<Child, 2>& children, std::array<Report, 2>& reports, double& seconds) {
  char byte = 0;
  for (const Child& child : children)
    if (::read(child.ready, &byte, 1) != 1) return false;
  const auto start = std::chrono::steady_clock::now();
  for (const Child& child : children)
    if (::write(child.go, &byte, 1) != 1) return false;
  bool good = true;
  for (std::size_t i = 0; i < children.size(); ++i)
    good = ::read(children[i].report, &reports[i], sizeof(Report)) == sizeof(Report) && good;
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const Child& child : children) {
    int status = 0;
    ::waitpid(child.pid, &status, 0);
  }
  return good;
}

int play_turns(const Options& options, const match::Parameters& parameters) {
  const std::uint32_t common = std::min(options.items, options.peer_items) / 2;
  Threads cores(options.threads);
  const bench::Turns turns = bench::take_turns(parameters, make_set(0, options.items),
                                               make_set(options.items - common, options.peer_items),
                                               options.threads, options.model, cores);
  using encoding::Json;
  const Json out = Json::object({{"protocol", match::protocol_name(parameters.protocol)},
                                 {"turns", options.model ? "model" : "clock"},
                                 {"items", options.items},
                                 {"peer_items", options.peer_items},
                                 {"threads", options.threads},
                                 {"receiver_seconds", turns.receiver_seconds},
                                 {"sender_seconds", turns.sender_seconds},
                                 {"seconds", turns.receiver_seconds + turns.sender_seconds},
                                 {"matches", turns.matches},
                                 {"correct", turns.matches == common}});
  fmt::print("{}\n", encoding::write_json(out));
  return turns.matches == common ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  run_lookup_instead(argc, argv);
  Options options;
  if (!parse(argc, argv, options)) return usage();
  match::Parameters parameters;
  parameters.protocol = options.protocol;
  parameters.output = options.output;
  parameters.learner = options.learner;
  parameters.prefer = options.prefer;
  parameters.chunk = match::default_chunk_of(options.protocol);
  parameters.receiver_padded = match::padded_size(options.items);
  parameters.sender_padded = match::padded_size(options.peer_items);
  if (const auto checked = match::check_parameters(parameters); !checked) {
    fmt::print(stderr, "bench_match: {}\n", checked.error().text());
    return 2;
  }
  if (options.turns) return play_turns(options, parameters);
  std::string problem;
  const auto link = bench::Link::make(options.network, problem);
  if (!link) {
    fmt::print(stderr, "bench_match: {}\n", problem);
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  const bool dh = options.protocol == match::Protocol::dh;
  const double primitives_before = dh ? nanoseconds_of_primitives() : 0;
  const auto [receiver_fd, sender_fd] = link->connect();
  const std::array<Child, 2> children = {
      start_party(Role::receiver, options, parameters, receiver_fd, sender_fd, link->own_delay()),
      start_party(Role::sender, options, parameters, sender_fd, receiver_fd, link->own_delay())};
  ::close(receiver_fd);
  ::close(sender_fd);
  std::array<Report, 2> reports{};
  double seconds = 0;
  if (!run_both(children, reports, seconds)) {
    std::fputs("bench_match: a party died\n", stderr);
    return 1;
  }
  const Report& receiver = reports[0];
  const Report& sender = reports[1];
  const bool correct = receiver.correct == 1 && sender.correct == 1;
  const double cpu = receiver.cpu + sender.cpu;
  // Each party works on its own padded set and on what comes of the peer's.
  const double padded = static_cast<double>(parameters.receiver_padded) + parameters.sender_padded;
  using encoding::Json;
  Json out = Json::object({{"protocol", match::protocol_name(parameters.protocol)},
                           {"security", match::protocol_security(parameters.protocol)},
                           {"output", match::output_name(parameters.output)},
                           {"learner", match::learner_name(parameters.learner)},
                           {"prefer", match::prefer_name(parameters.prefer)},
                           {"network", options.network.name},
                           {"shaping", link->shaping()},
                           {"items", options.items},
                           {"peer_items", options.peer_items},
                           {"threads", options.threads},
                           {"seconds", seconds},
                           {"cpu_seconds", cpu},
                           {"receiver_cpu_seconds", receiver.cpu},
                           {"sender_cpu_seconds", sender.cpu},
                           {"commitment_cpu_seconds", receiver.commitment_cpu + sender.commitment_cpu},
                           {"bytes_sent", receiver.sent},
                           {"bytes_received", receiver.received},
                           {"peak_rss_bytes", std::max(receiver.peak_rss, sender.peak_rss)},
                           {"matches", receiver.matches},
                           {"correct", correct},
                           {"ns_per_padded_item", cpu * 1e9 / padded}});
  if (dh) {
    const double primitives = (primitives_before + nanoseconds_of_primitives()) / 2;
    out.set("ns_of_primitives", primitives);
    out.set("cost_ratio", cpu * 1e9 / padded / primitives);
  }
  if (options.json) {
    fmt::print("{}\n", encoding::write_json(out));
  } else {
    for (const auto& [name, value] : *out.if_object())
      fmt::print("{:<22} {}\n", name, encoding::write_json(value));
  }
  return correct ? 0 : 1;
}
