// parley-verify: checks an evidence bundle offline.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "ledger/evidence.hpp"
#include "ledger/opening.hpp"

namespace {

using parley::Bytes;
using parley::ErrorKind;
using parley::fail;
using parley::Result;

constexpr int exit_proven = 0;
constexpr int exit_not_proven = 1;
constexpr int exit_usage = 2;
constexpr int exit_unreadable = 3;

/// Longest file that is read; bundle and trust file have narrower limits of their own.
constexpr std::streamsize max_file_bytes = std::streamsize{256} << 20;

constexpr const char* usage = R"(Usage: parley-verify [--trust FILE] [--json] BUNDLE

Checks an evidence bundle without network and says for each claim: proven, refuted or not shown.

  --trust FILE   keys that you were handed in person: a tlog policy with node, role and witness keys.
                 Without it nothing is proven about who wrote what: keys inside a bundle are hints.
  --json         one JSON object on standard output
  --help         this text

Exit: 0 proven, 1 refuted or not shown, 2 usage, 3 unreadable file.
)";

struct Options {
  std::optional<std::string> trust;
  std::string bundle;
  bool json = false;
  bool help = false;
};

Result<Options> parse_options(const std::vector<std::string>& args) {
  Options out;
  bool options_end = false;
  std::vector<std::string> files;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (options_end || arg.empty() || arg[0] != '-') {
      files.push_back(arg);
    } else if (arg == "--") {
      options_end = true;
    } else if (arg == "--json") {
      out.json = true;
    } else if (arg == "--help" || arg == "-h") {
      out.help = true;
    } else if (arg.starts_with("--trust=")) {
      out.trust = arg.substr(std::strlen("--trust="));
    } else if (arg == "--trust" && i + 1 < args.size()) {
      out.trust = args[++i];
    } else {
      return fail(ErrorKind::usage, "unknown or incomplete option " + arg);
    }
  }
  if (out.help) return out;
  if (files.size() != 1) return fail(ErrorKind::usage, "name exactly one bundle");
  out.bundle = files[0];
  return out;
}

Result<Bytes> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? std::streamoff(in.tellg()) : -1;
  if (size < 0) return fail(ErrorKind::bad_input, "cannot be read", path);
  if (size > max_file_bytes) return fail(ErrorKind::bad_input, "larger than 256 MiB", path);
  Bytes out(static_cast<std::size_t>(size));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (!in) return fail(ErrorKind::bad_input, "cannot be read", path);
  return out;
}

Result<parley::ledger::Report> check(const Options& options) {
  parley::ledger::Trust trust;
  if (options.trust) {
    PARLEY_TRY(const Bytes text, read_file(*options.trust));
    auto parsed = parley::ledger::parse_trust(parley::as_text(text));
    if (!parsed) return fail(ErrorKind::bad_input, parsed.error().text(), *options.trust);
    trust = *std::move(parsed);
  }
  PARLEY_TRY(const Bytes bundle, read_file(options.bundle));
  if (parley::ledger::is_opening(bundle))
    return parley::ledger::verify_opening(parley::as_text(bundle), trust);
  return parley::ledger::verify_bundle(bundle, trust);
}

int complain(const Options& options, const parley::Error& error, int code) {
  if (options.json)
    fmt::print("{}\n",
               parley::encoding::write_json(parley::encoding::Json::object({{"error", error.text()}})));
  fmt::print(stderr, "parley-verify: {}\n", error.text());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  if (!options) {
    fmt::print(stderr, "parley-verify: {}\n\n{}", options.error().message, usage);
    return exit_usage;
  }
  if (options->help) {
    fmt::print("{}", usage);
    return exit_proven;
  }
  const auto report = check(*options);
  if (!report) return complain(*options, report.error(), exit_unreadable);
  if (options->json) {
    fmt::print("{}\n", parley::encoding::write_json(report_json(*report)));
  } else {
    fmt::print("{}", report_text(*report, isatty(STDOUT_FILENO) == 1));
    if (!options->trust)
      fmt::print(stderr,
                 "parley-verify: no trust file: keys inside a bundle prove nothing about their owners\n");
  }
  return report->verdict == parley::ledger::Verdict::proven ? exit_proven : exit_not_proven;
}
