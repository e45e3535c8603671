#include "home.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "decay_config.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/match_proposal.hpp"
#include "exchange/match_recovery.hpp"
#include "exchange/match_run.hpp"
#include "exchange/policy_record.hpp"
#include "exchange/recording.hpp"
#include "files.hpp"
#include "key_file.hpp"
#include "merkle/note.hpp"
#include "misp_sync/listing.hpp"
#include "net/threaded_background.hpp"
#include "policy/toml_table.hpp"
#include "record/node_statement.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::app {

namespace {

using encoding::Json;
namespace fs = std::filesystem;

constexpr const char* kinds[] = {"national_cert", "isac",       "vendor",   "bank", "fiu",
                                 "police",        "prosecutor", "intergov", "other"};

/// "CERT Alpha" -> "cert-alpha.node/1f3a9c2b": readable, and unlikely to be anybody else's.
std::string origin_of(const std::string& name, Entropy& entropy) {
  std::string slug;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      slug.push_back(c);
    else if (c >= 'A' && c <= 'Z')
      slug.push_back(static_cast<char>(c - 'A' + 'a'));
    else if (!slug.empty() && slug.back() != '-')
      slug.push_back('-');
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  if (slug.empty()) slug = "node";
  return slug.substr(0, 48) + ".node/" + to_hex(entropy.array<4>());
}

/// They would move the cursor of whoever reads the name, and agreements refuse them.
bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<void> check_identity(const exchange::Identity& identity) {
  if (identity.name.empty() || identity.name.size() > 256 || has_control_characters(identity.name))
    return fail(ErrorKind::usage, "--name: 1 to 256 bytes are needed, without control characters");
  if (std::find(std::begin(kinds), std::end(kinds), identity.kind) == std::end(kinds))
    return fail(ErrorKind::usage,
                "--kind: one of national_cert, isac, vendor, bank, fiu, police, prosecutor, intergov, other");
  const std::string& code = identity.jurisdiction;
  if (code.size() != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z')
    return fail(ErrorKind::usage, "--jurisdiction: two capital letters (ISO 3166-1) are needed");
  if (!merkle::is_key_name(identity.origin))
    return fail(ErrorKind::usage, "--origin: no spaces, plus signs or control characters");
  return {};
}

std::string toml_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

/// `key = "value"`, or the line as a comment while it has no value.
std::string setting(const char* key, const std::string& value, const char* example) {
  return value.empty() ? std::string("# ") + key + " = \"" + example + "\"\n"
                       : std::string(key) + " = " + toml_string(value) + "\n";
}

std::string config_text(const Config& config) {
  return "# Settings of this node; `parley serve` reads them when it starts.\n\n[peer]\n"
         "# Where other nodes reach this one: goes into invitations.\n" +
         setting("address", config.peer_address, "node.example.org:7443") +
         "# Where to listen for them, when that is not the address.\n" +
         setting("listen", config.peer_listen, "0.0.0.0:7443") +
         "\n[https]\n# TAXII, health, metrics and the ledger; without it they are not served.\n" +
         setting("listen", config.listen, "127.0.0.1:8443") +
         "# Connections at once, and from one address (or IPv6 /64); beyond it the oldest idle one makes "
         "room.\n"
         "# connections = 10000\n# connections_per_address = 2500\n"
         "\n[misp]\n# What this node says to MISP instances to be: they talk only to their own "
         "major and minor version.\n# version = \"2.5.0\"\n"
         "\n[outgoing]\n# How pulls and pushes reach other people's servers. Without it HTTPS_PROXY and "
         "NO_PROXY "
         "count.\n"
         "# proxy = \"http://proxy.example.org:3128\"\n# no_proxy = \"intern.example.org, 192.0.2.0/24\"\n";
}

/// An error says in which file it is.
template <typename T>
Result<T> named(const std::string& path, Result<T> read) {
  if (read || read.error().where.starts_with(path)) return read;
  Error error = read.error();
  error.where = error.where.empty() ? path : path + " " + error.where;
  return std::unexpected<Error>(std::move(error));
}

/// A bound of 1 to 60,000: more descriptors than that no process is given.
Result<void> read_bound(policy::TomlTable& section, std::string_view key, std::size_t& bound) {
  const auto value = section.integer(key);
  if (!value) return {};
  if (*value < 1 || *value > 60'000)
    return fail(ErrorKind::bad_input, std::string(key) + " lies between 1 and 60000", "https");
  bound = static_cast<std::size_t>(*value);
  return {};
}

Result<Config> read_config(const std::string& path) {
  const auto read = [&path]() -> Result<Config> {
    PARLEY_TRY(std::string text, read_file(path, 1U << 20));
    PARLEY_TRY(policy::toml::table table, policy::parse_toml(text));
    policy::TomlTable file(table, "");
    Config config;
    if (const policy::toml::table* peer = file.table("peer")) {
      policy::TomlTable section(*peer, "peer");
      config.peer_address = section.text("address");
      config.peer_listen = section.text("listen");
      PARLEY_CHECK(section.finish());
    }
    if (const policy::toml::table* https = file.table("https")) {
      policy::TomlTable section(*https, "https");
      config.listen = section.text("listen");
      PARLEY_CHECK(read_bound(section, "connections", config.https_connections));
      PARLEY_CHECK(read_bound(section, "connections_per_address", config.https_connections_per_address));
      PARLEY_CHECK(section.finish());
    }
    if (const policy::toml::table* misp = file.table("misp")) {
      policy::TomlTable section(*misp, "misp");
      config.misp_version = section.text("version");
      if (!config.misp_version.empty())
        if (const auto version = misp_sync::parse_version(config.misp_version); !version)
          return fail(ErrorKind::bad_input, version.error().message, "misp");
      PARLEY_CHECK(section.finish());
    }
    if (const policy::toml::table* outgoing = file.table("outgoing")) {
      policy::TomlTable section(*outgoing, "outgoing");
      if (const std::string proxy = section.text("proxy"); !proxy.empty()) {
        auto parsed = net::HttpsProxy::parse(proxy);
        if (!parsed) return fail(ErrorKind::bad_input, parsed.error().message, "outgoing");
        config.proxy = std::move(*parsed);
      }
      config.no_proxy = section.text("no_proxy");
      PARLEY_CHECK(section.finish());
    }
    PARLEY_TRY(config.decay, read_decay_models(file));
    PARLEY_CHECK(file.finish());
    return config;
  };
  return named(path, read());
}

std::string identity_text(const exchange::Identity& identity) {
  return encoding::write_json(Json::object({{"name", identity.name},
                                            {"kind", identity.kind},
                                            {"jurisdiction", identity.jurisdiction},
                                            {"origin", identity.origin}})) +
         "\n";
}

Result<exchange::Identity> read_identity(const std::string& path) {
  const auto read = [&path]() -> Result<exchange::Identity> {
    PARLEY_TRY(std::string text, read_file(path, 1U << 20));
    PARLEY_TRY(Json json, encoding::parse_json(text));
    exchange::Identity identity;
    PARLEY_TRY(identity.name, json.string_member("name"));
    PARLEY_TRY(identity.kind, json.string_member("kind"));
    PARLEY_TRY(identity.jurisdiction, json.string_member("jurisdiction"));
    PARLEY_TRY(identity.origin, json.string_member("origin"));
    return identity;
  };
  return named(path, read());
}

Result<void> copy_warninglists(const std::string& from, const std::string& to) {
  std::error_code code;
  for (auto next = fs::directory_iterator(from, code); !code && next != fs::directory_iterator();
       next.increment(code)) {
    const fs::directory_entry& entry = *next;
    std::error_code ignored;  // a link that leads nowhere is no list
    if (!entry.is_regular_file(ignored) || entry.path().extension() != ".json") continue;
    PARLEY_TRY(std::string text, read_file(entry.path().string()));
    intel::WarninglistSet alone;  // a list that does not load is refused before it is copied
    PARLEY_CHECK(alone.add_text(text, entry.path().string()));
    PARLEY_CHECK(write_file(to + "/" + entry.path().filename().string(), text));
  }
  if (code) return fail(ErrorKind::bad_input, "cannot read the folder: " + code.message(), from);
  return {};
}

Result<void> record_node(exchange::Node& node) {
  const Timestamp now = node.clock().now();
  record::NodeStatement statement;
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.name = node.identity().name;
  statement.kind = node.identity().kind;
  statement.jurisdiction = node.identity().jurisdiction;
  statement.keys = {node.keys().role.public_key(), node.keys().log.public_key(),
                    node.keys().tls.public_key()};
  PARLEY_CHECK(exchange::record(node, statement.to_json()));
  return {};
}

}  // namespace

Result<exchange::Identity> Home::create(const std::string& path, InitOptions options) {
  net::SystemEntropy entropy;
  if (options.identity.origin.empty()) options.identity.origin = origin_of(options.identity.name, entropy);
  PARLEY_CHECK(check_identity(options.identity));
  if (file_exists(path + "/node.json"))
    return fail(ErrorKind::conflict, "a node lives here already; choose another --home", path);
  for (const char* folder : {"", "/keys", "/ledger", "/runs", "/warninglists"})
    PARLEY_CHECK(make_directory(path + folder));
  for (const char* key : {"role", "log", "tls"})
    PARLEY_CHECK(write_signing_key(path + "/keys/" + key + ".key", crypto::SigningKey::generate(entropy)));
  if (!options.warninglists.empty())
    PARLEY_CHECK(copy_warninglists(options.warninglists, path + "/warninglists"));
  // The policy names what is off limits: it is for the owner's eyes, in a folder that others may look into
  // too.
  PARLEY_CHECK(write_file(path + "/config.toml", config_text(options.config), 0600));
  PARLEY_CHECK(write_file(path + "/policy.toml", policy::default_policy_toml(), 0600));
  // node.json comes last: a folder without it is no node, and `init` may be run again once it is emptied.
  PARLEY_CHECK(write_file(path + "/node.json", identity_text(options.identity)));
  PARLEY_TRY(std::unique_ptr<Home> home, open(path));
  return options.identity;
}

Result<std::unique_ptr<Home>> Home::open(const std::string& path) {
  std::error_code code;
  if (!fs::exists(path + "/node.json", code)) {
    if (code == std::errc::permission_denied)
      return fail(ErrorKind::bad_input, "this user may not read the home; run it as the one whose home it is",
                  path);
    return fail(ErrorKind::usage, "no node lives here; make one with `parley init`, or name another --home",
                path);
  }
  std::unique_ptr<Home> home(new Home);
  home->path_ = path;
  home->lock_ = ::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (home->lock_ < 0)
    return fail(errno == EACCES || errno == EROFS ? ErrorKind::bad_input : ErrorKind::internal,
                std::string("cannot open the lock file: ") + std::strerror(errno) +
                    "; a node writes into its home, also to read from it",
                path + "/lock");
  if (::flock(home->lock_, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::conflict,
                "another process has this home open, a node that serves or a command at work; wait for it, "
                "or end it",
                path);
  PARLEY_TRY(exchange::Identity identity, read_identity(path + "/node.json"));
  PARLEY_TRY(home->config_, read_config(path + "/config.toml"));
  PARLEY_TRY(crypto::SigningKey role, read_signing_key(path + "/keys/role.key"));
  PARLEY_TRY(crypto::SigningKey log_key, read_signing_key(path + "/keys/log.key"));
  PARLEY_TRY(crypto::SigningKey tls, read_signing_key(path + "/keys/tls.key"));
  PARLEY_TRY(std::unique_ptr<state::Store> store,
             state_sqlite::open(path + "/state.sqlite",
                                {.background = std::make_shared<net::ThreadedBackground>()}));
  home->store_ = std::make_unique<state::WatchedStore>(std::move(store));
  PARLEY_TRY(home->log_, log_file::open(fs::path(path) / "ledger", home->entropy_));
  home->log_key_ = std::make_unique<crypto::SigningKey>(log_key.clone());
  ledger::LedgerOptions ledger_options;
  ledger_options.origin = identity.origin;
  PARLEY_TRY(ledger::Ledger ledger, ledger::Ledger::open(*home->log_, *home->log_key_, ledger_options));
  home->ledger_ = std::make_unique<ledger::Ledger>(std::move(ledger));
  auto policy_text = read_file(path + "/policy.toml", policy::Policy::max_bytes);
  home->policy_ =
      std::make_unique<policy::Policy>(policy_text ? policy::Policy::load_or_closed(*policy_text)
                                                   : policy::Policy::closed(policy_text.error().text()));
  home->runs_ = std::make_unique<exchange::FileRunStore>(path + "/runs");
  home->lookups_ = std::make_unique<exchange::FileLookupStore>(path + "/lookups");
  home->node_ = std::make_unique<exchange::Node>(
      std::move(identity), exchange::Keys{std::move(role), std::move(log_key), std::move(tls)},
      *home->policy_, path,
      exchange::Node::Parts{*home->store_, *home->ledger_, home->clock_, home->entropy_, home->parallel_});
  PARLEY_CHECK(exchange::recover_recordings(*home->node_));
  if (home->ledger_->size().value() == 0) PARLEY_CHECK(record_node(*home->node_));
  // Whoever restores a home from a copy leaves this file; what it says is kept before it goes.
  if (const std::string marker = path + "/restored"; file_exists(marker)) {
    PARLEY_CHECK(exchange::mark_restored(*home->node_, "this home was restored from a copy"));
    if (::unlink(marker.c_str()) != 0) return fail(ErrorKind::internal, "cannot remove the file", marker);
  }
  // Not before it is known whether the log may be appended to. A ledger that takes no entry now takes no act
  // either; what is left open is tried again at the next start.
  static_cast<void>(exchange::close_broken_runs(*home->node_));
  PARLEY_CHECK(home->tidy());
  PARLEY_CHECK(exchange::erase_old_sets(*home->node_, *home->lookups_));
  // A ledger that takes no entry now (a clock that was turned back) takes no act either; this is tried again
  // at the next start.
  static_cast<void>(exchange::record_policy(*home->node_, *home->policy_, "start"));
  return home;
}

Result<void> Home::tidy() {
  PARLEY_CHECK(exchange::destroy_expired_run_keys(*node_, *runs_));
  PARLEY_CHECK(exchange::end_match_proposals(*node_));
  return {};
}

Home::~Home() {
  // The lock goes last: whoever takes it next opens the store and the log.
  node_.reset();
  ledger_.reset();
  log_.reset();
  store_.reset();
  if (lock_ >= 0) ::close(lock_);
}

Result<const intel::WarninglistSet*> Home::warninglists() {
  if (warninglists_) return warninglists_.get();
  auto set = std::make_unique<intel::WarninglistSet>();
  std::vector<std::string> files;
  std::error_code code;
  for (auto entry = fs::directory_iterator(path_ + "/warninglists", code);
       !code && entry != fs::directory_iterator(); entry.increment(code))
    if (entry->path().extension() == ".json") files.push_back(entry->path().string());
  if (code)
    return fail(ErrorKind::internal, "cannot read the folder: " + code.message(), path_ + "/warninglists");
  std::sort(files.begin(), files.end());  // the first list that knows a value is the one that is named
  for (const std::string& file : files) {
    PARLEY_TRY(std::string text, read_file(file));
    PARLEY_CHECK(set->add_text(text, file));
  }
  warninglists_ = std::move(set);
  return warninglists_.get();
}

Result<void> Home::install_policy(const std::string& text) {
  PARLEY_TRY(policy::Policy loaded, policy::Policy::load(text));
  PARLEY_CHECK(exchange::record_policy(*node_, loaded, "operator"));
  PARLEY_CHECK(write_file(path_ + "/policy.toml", text, 0600));
  auto fresh = std::make_unique<policy::Policy>(std::move(loaded));
  node_->set_policy(*fresh);
  policy_ = std::move(fresh);
  return {};
}

std::uint64_t Home::cut_bytes() const {
  return log_->recovery().cut_bytes;
}

}  // namespace parley::app
