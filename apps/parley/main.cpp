#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <thread>

#include "commands_pattern.hpp"
#include "commands_report.hpp"
#include "convert.hpp"
#include "exchange/approval.hpp"
#include "files.hpp"
#include "key_file.hpp"
#include "ledger/evidence.hpp"
#include "ledger/opening.hpp"
#include "ledger/trust.hpp"
#include "net/control.hpp"
#include "render.hpp"
#include "request.hpp"
#include "serve.hpp"
#include "service.hpp"
#include "validate.hpp"

namespace parley::app {
namespace {

/// Whether it was the socket that was not found: a node that runs may not have found what it was asked for,
/// and the command must not be run once more beside it.
bool nobody_listens(const Error& error, const std::filesystem::path& socket) {
  return error.kind == ErrorKind::not_found &&
         (error.where == socket.string() || error.where == socket.parent_path().string());
}

/// How long a command waits for another one that has the home: two that start together both run.
constexpr std::chrono::seconds lock_patience{10};

/// Runs a command: in the node that serves this home, or here when none does.
Result<Json> call(const Request& request, const std::string& command, const Json& args) {
  const Json message = Json::object({{"command", command}, {"args", args}});
  ProgressBar bar;
  const net::ProgressCallback progress = [&bar](std::string_view step, std::uint64_t done,
                                                std::uint64_t total) { bar.update(step, done, total); };
  const std::string socket = request.home + "/node.sock";
  std::unique_ptr<Home> home;
  for (const auto started = std::chrono::steady_clock::now(); home == nullptr;) {
    auto answer = net::call_control(socket, message, progress);
    if (answer || !nobody_listens(answer.error(), socket)) return answer;
    auto opened = Home::open(request.home);
    if (opened) {
      home = std::move(*opened);
      break;
    }
    const bool is_taken = opened.error().kind == ErrorKind::conflict && opened.error().where == request.home;
    if (!is_taken || std::chrono::steady_clock::now() - started > lock_patience)
      return std::unexpected<Error>(opened.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  net::NodeLoop loop;
  Service service(loop, *home, [](const net::Event&) {});
  service.set_alone();
  auto local = net::call_local(loop, service.handler(), message, progress);
  loop.stop();
  return local;
}

struct Output {
  Json json;
  int exit = 0;
};

Result<Output> run(const Request& request, const std::string& command, const Json& args) {
  PARLEY_TRY(Json answer, call(request, command, args));
  PARLEY_TRY(const Json* output, answer.member("output"));
  PARLEY_TRY(std::int64_t exit, answer.int_member("exit"));
  return Output{*output, static_cast<int>(exit)};
}

Result<Output> init(const Request& request) {
  const Args args(request.args);
  InitOptions options;
  options.identity.name = args.text_or("name", "");
  options.identity.kind = args.text_or("kind", "");
  options.identity.jurisdiction = args.text_or("jurisdiction", "");
  options.identity.origin = args.text_or("origin", "");
  options.config.peer_address = args.text_or("peer_address", "");
  options.config.peer_listen = args.text_or("peer_listen", "");
  options.config.listen = args.text_or("listen", "");
  options.warninglists = args.text_or("warninglists", "");
  PARLEY_TRY(exchange::Identity identity, Home::create(request.home, std::move(options)));
  return Output{Json::object({{"home", request.home},
                              {"name", identity.name},
                              {"kind", identity.kind},
                              {"jurisdiction", identity.jurisdiction},
                              {"origin", identity.origin}})};
}

/// The answer of a command that needs no home.
Result<Output> local(Result<Answer> answer) {
  if (!answer) return std::unexpected<Error>(std::move(answer).error());
  return Output{std::move(answer->output), answer->exit};
}

Result<Output> verify(const Request& request) {
  const Args args(request.args);
  ledger::Trust trust;
  if (args.has("trust")) {
    PARLEY_TRY(std::string text, read_file(args.text_or("trust", "")));
    PARLEY_TRY(trust, ledger::parse_trust(text));
  }
  PARLEY_TRY(std::string bundle, read_file(args.text_or("bundle", ""), 256U << 20));
  PARLEY_TRY(ledger::Report report, ledger::is_opening(as_bytes(bundle))
                                        ? ledger::verify_opening(bundle, trust)
                                        : ledger::verify_bundle(as_bytes(bundle), trust));
  if (!request.json) std::fputs(ledger::report_text(report, use_colour()).c_str(), stdout);
  return Output{ledger::report_json(report), report.verdict == ledger::Verdict::proven ? 0 : 1};
}

Result<Output> validate(const Request& request) {
  PARLEY_TRY(ValidateAnswer answer, validate_files(request));
  return Output{std::move(answer.json), answer.exit};
}

/// What is converted goes to standard output unless a file is named.
Result<Output> convert(Request& request) {
  request.is_on_stdout = !request.args.contains("output");
  PARLEY_TRY(Json counts, convert_file(request));
  return Output{std::move(counts)};
}

/// Enrols an officer; a key file that does not exist is made, in this process and with this user's rights.
Result<Output> officer_add(const Request& request) {
  const std::string path = Args(request.args).text_or("key", "");
  const bool fresh = !file_exists(path);
  if (fresh) {
    net::SystemEntropy entropy;
    PARLEY_CHECK(write_signing_key(path, crypto::SigningKey::generate(entropy)));
  }
  // Only the public half goes to the node, which may run as another user.
  PARLEY_TRY(const crypto::PublicKey key, read_public_key(path));
  Json args = request.args;
  args.set("key", to_hex(key.value()));
  auto output = run(request, "officer add", args);
  if (fresh && !output) ::unlink(path.c_str());  // a key that nobody was enrolled with is worth nothing
  if (fresh && output)
    std::fprintf(stderr, "made the key %s; it belongs to the officer alone\n", path.c_str());
  return output;
}

/// The terms of a match or of a set for look-ups, and what it tells, for the eyes of who is about to sign.
void show_terms(const Json& asked) {
  for (const char* name : {"match_terms", "lookup_terms"})
    if (const Json* terms = asked.find(name))
      std::fprintf(stderr, "%s\n", encoding::write_json(*terms).c_str());
  if (const Json* statement = asked.find("leak_statement"); statement != nullptr && statement->is_string())
    std::fprintf(stderr, "%s\n", statement->if_string()->c_str());
}

/// `approve` and `reject`: the node says what is to be signed, the officer's key signs it here.
Result<Output> decide(const Request& request, exchange::Verdict verdict) {
  const Args args(request.args);
  PARLEY_TRY(crypto::SigningKey key, read_signing_key(args.text_or("key", "")));
  PARLEY_TRY(Output asked, run(request, "approval request", request.args));
  PARLEY_TRY(exchange::ApprovalRequest approval, exchange::ApprovalRequest::from_json(asked.json));
  show_terms(asked.json);
  net::SystemClock clock;
  net::SystemEntropy entropy;
  PARLEY_TRY(std::string answer, exchange::sign_approval(approval, verdict, key, clock, entropy));
  return run(request, "approval submit", Json::object({{"answer", answer}}));
}

/// Prints what the run will tell the peer before it begins.
Result<Output> match(const Request& request) {
  PARLEY_TRY(Output plan, run(request, "match plan", request.args));
  if (Args(request.args).flag("dry_run")) return plan;
  if (const Json* statement = plan.json.find("leak_statement");
      statement != nullptr && statement->is_string())
    std::fprintf(stderr, "%s\n", statement->if_string()->c_str());
  return run(request, "match", request.args);
}

/// A name for mkstemp and mkdtemp in the folder for temporary files.
Result<std::string> temporary_name(const char* name) {
  std::error_code code;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(code);
  if (code) return fail(ErrorKind::usage, "there is no folder for temporary files; set TMPDIR to one");
  return (folder / name).string();
}

/// Standard input among the paths: kept in a file of this process for the node to read.
class SpooledInput {
 public:
  ~SpooledInput() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Result<void> spool(Json& args) {
    Json* paths = args.find("paths");
    if (paths == nullptr || !paths->is_array()) return {};
    for (Json& path : *paths->if_array()) {
      if (!path.is_string() || *path.if_string() != "-") continue;
      if (!path_.empty()) return fail(ErrorKind::usage, "standard input can be named once");
      PARLEY_TRY(std::string name, temporary_name("parley-stdin-XXXXXX"));
      const int file = ::mkstemp(name.data());
      if (file < 0)
        return fail(ErrorKind::internal, std::string("cannot make a temporary file: ") + std::strerror(errno),
                    name);
      path_ = name;
      std::vector<char> buffer(1U << 20);
      std::size_t count = 0;
      while ((count = std::fread(buffer.data(), 1, buffer.size(), stdin)) > 0) {
        if (::write(file, buffer.data(), count) != static_cast<ssize_t>(count)) {
          const std::string why = std::strerror(errno);
          ::close(file);
          return fail(ErrorKind::internal, "cannot write standard input to a temporary file: " + why, path_);
        }
      }
      ::close(file);
      if (std::ferror(stdin) != 0)  // half of the input would count as all of it
        return fail(ErrorKind::bad_input, "standard input cannot be read to its end");
      path = Json(path_);
      if (!args.contains("source")) args.set("source", "stdin");
    }
    return {};
  }

 private:
  std::string path_;
};

Result<Output> import_files(Request& request) {
  SpooledInput input;
  PARLEY_CHECK(input.spool(request.args));
  return run(request, "import", request.args);
}

/// Without a file the node writes one of this process, which goes on to standard output, and nothing else.
Result<Output> export_to(Request& request) {
  if (request.args.contains("out")) return run(request, "export", request.args);
  if (request.json)
    return fail(ErrorKind::usage, "standard output holds the JSON object: name a file with -o");
  PARLEY_TRY(std::string folder, temporary_name("parley-export-XXXXXX"));
  if (::mkdtemp(folder.data()) == nullptr)
    return fail(ErrorKind::internal, std::string("cannot make a temporary folder: ") + std::strerror(errno),
                folder);
  const std::string path = folder + "/export";
  request.args.set("out", path);
  request.is_on_stdout = true;
  Result<Output> output = run(request, "export", request.args);
  if (output) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    std::vector<char> buffer(1U << 20);
    std::size_t count = 0;
    bool written = file != nullptr;
    while (written && (count = std::fread(buffer.data(), 1, buffer.size(), file)) > 0)
      written = std::fwrite(buffer.data(), 1, count, stdout) == count;
    // What standard output did not take is told when the process ends.
    if (file == nullptr || std::ferror(file) != 0)
      output =
          fail(ErrorKind::internal, std::string("cannot read what was exported: ") + std::strerror(errno));
    if (file != nullptr) std::fclose(file);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return output;
}

/// Without a limit all of them, page by page, so that no page holds the node for long.
Result<Output> list_selectors(const Request& request) {
  if (request.args.contains("limit") || request.args.contains("cursor"))
    return run(request, "selectors", request.args);
  Json args = request.args;
  args.set("limit", std::uint64_t{100'000});
  Json::Array all;
  for (;;) {
    PARLEY_TRY(Output page, run(request, "selectors", args));
    Json* list = page.json.find("selectors");
    if (list == nullptr || !list->is_array())
      return fail(ErrorKind::internal, "the node's answer holds no selectors");
    std::move(list->if_array()->begin(), list->if_array()->end(), std::back_inserter(all));
    const Json* cursor = page.json.find("cursor");
    if (cursor == nullptr) return Output{Json::object({{"selectors", Json(std::move(all))}})};
    args.set("cursor", *cursor);
  }
}

/// Reads the file here, with the rights and at the cost of who asks; the node gets its text.
Result<Output> add_report(Request& request) {
  PARLEY_CHECK(read_report(request.args));
  const std::string document = Args(request.args).text_or("document", "");
  auto output = run(request, "report add", request.args);
  ::unlink(document.c_str());
  return output;
}

Result<Output> dispatch(Request& request) {
  if (request.command == "init") return init(request);
  if (request.command == "verify") return verify(request);
  if (request.command == "pattern check") return local(check_patterns(request.args));
  if (request.command == "pattern match") return local(match_pattern(request.args));
  if (request.command == "validate") return validate(request);
  if (request.command == "convert") return convert(request);
  if (request.command == "officer add") return officer_add(request);
  if (request.command == "approve") return decide(request, exchange::Verdict::approve);
  if (request.command == "reject") return decide(request, exchange::Verdict::reject);
  if (request.command == "match") return match(request);
  if (request.command == "import") return import_files(request);
  if (request.command == "report add") return add_report(request);
  if (request.command == "export") return export_to(request);
  if (request.command == "selectors") return list_selectors(request);
  return run(request, request.command, request.args);
}

/// A stream that was closed gets a place of its own that refuses everything: the next file that is opened, a
/// ledger perhaps, must not stand where messages are written to.
void hold_streams() {
  constexpr int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int stream = 0; stream < 3; ++stream)
    if (::fcntl(stream, F_GETFD) < 0 && ::open("/dev/null", modes[stream]) < 0) ::_exit(5);
}

/// What is not written is not done: half an answer must not end as a whole one.
int flushed(int exit) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit;
  const int why = errno;
  if (why != EPIPE)  // the reader had enough
    std::fprintf(stderr, "parley: cannot write to standard output: %s\n", std::strerror(why));
  return 5;
}

int main_of(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  bool json = false;  // known before the command line is understood
  for (int i = 1; i < argc; ++i) json = json || std::string_view(argv[i]) == "--json";
  auto request = parse_command_line(argc, argv);
  if (!request) return flushed(report_error(request.error(), json));
  if (!*request) return flushed(0);
  if ((*request)->command == "serve") return serve(**request);
  auto output = dispatch(**request);
  if (!output) return flushed(report_error(output.error(), (*request)->json));
  if ((*request)->json)
    std::printf("%s\n", encoding::write_json(output->json).c_str());
  else if ((*request)->command != "verify" && (*request)->command != "validate" && !(*request)->is_on_stdout)
    print_answer((*request)->command, output->json);
  return flushed(output->exit);
}

}  // namespace
}  // namespace parley::app

int main(int argc, char** argv) {
#if defined(__GLIBC__)
  // Without the fast bins: an import frees many small texts at a time, and every larger piece that is freed
  // walks through all of them. The rest keeps its defaults, so that freed memory goes back.
  ::mallopt(M_MXFAST, 0);
#endif
  parley::app::hold_streams();
  return parley::app::main_of(argc, argv);
}
