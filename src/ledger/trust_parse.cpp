#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "ledger/trust.hpp"

namespace parley::ledger {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  constexpr std::string_view blanks = " \t";
  for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;
       at = line.find_first_not_of(blanks, at)) {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

/// C2SP tlog-policy, section "Policy file syntax and structure", plus `role`.
class TrustParser {
 public:
  explicit TrustParser(const TrustLimits& limits) : limits_(limits) {}

  Result<void> line(const std::vector<std::string_view>& words) {
    if (words[0] == "log") return key_line(words, trust_.logs, log_keys_);
    if (words[0] == "role") return key_line(words, trust_.roles, role_keys_);
    if (words[0] == "witness") return witness_line(words);
    if (words[0] == "group") return group_line(words);
    if (words[0] == "quorum") return quorum_line(words);
    return bad("unknown keyword " + std::string(words[0]) + " (log, role, witness, group, quorum)");
  }

  Result<Trust> finish() {
    if (!quorum_seen_) return bad("a trust file has a line \"quorum NAME\" or \"quorum none\"");
    return std::move(trust_);
  }

 private:
  static std::unexpected<Error> bad(std::string what) { return fail(ErrorKind::bad_input, std::move(what)); }

  /// The same public key twice is refused even under two names: it would count for two.
  Result<merkle::VerifierKey> take_key(std::string_view text, merkle::KeyType type,
                                       std::set<crypto::PublicKey>& seen) {
    PARLEY_TRY(merkle::VerifierKey key, merkle::parse_vkey(text));
    if (key.type != type) return bad("a key of another type than this line needs: " + key.name);
    if (!seen.insert(key.key).second) return bad("this key stands here twice: " + key.name);
    return key;
  }

  Result<void> key_line(const std::vector<std::string_view>& words, std::vector<merkle::VerifierKey>& out,
                        std::set<crypto::PublicKey>& seen) {
    // A log may have a URL, which checking a proof offline does not need.
    if (words.size() != 2 && !(words[0] == "log" && words.size() == 3))
      return bad("write: " + std::string(words[0]) + " VKEY");
    if (out.size() == limits_.max_lines) return bad("too many lines of this kind");
    PARLEY_TRY(merkle::VerifierKey key, take_key(words[1], merkle::KeyType::ed25519, seen));
    out.push_back(std::move(key));
    return {};
  }

  Result<void> define(std::string_view name) {
    if (name == "none") return bad("the name none means no quorum and nothing else");
    if (!names_.insert(std::string(name)).second)
      return bad("this name stands here twice: " + std::string(name));
    return {};
  }

  Result<void> witness_line(const std::vector<std::string_view>& words) {
    if (words.size() != 3 && words.size() != 4) return bad("write: witness NAME VKEY [URL]");
    if (trust_.witnesses.size() == limits_.max_lines) return bad("too many witnesses");
    PARLEY_CHECK(define(words[1]));
    PARLEY_TRY(merkle::VerifierKey key, take_key(words[2], merkle::KeyType::cosignature_v1, witness_keys_));
    trust_.witnesses.push_back({std::string(words[1]), std::move(key)});
    return {};
  }

  Result<void> group_line(const std::vector<std::string_view>& words) {
    if (words.size() < 4) return bad("write: group NAME all|any|K MEMBER…");
    if (trust_.groups.size() == limits_.max_lines) return bad("too many groups");
    WitnessGroup group;
    group.name = words[1];
    for (std::size_t i = 3; i < words.size(); ++i) {
      const std::string member(words[i]);
      if (!names_.contains(member)) return bad("no witness or group of this name stands above: " + member);
      if (!grouped_.insert(member).second) return bad("a member of two groups: " + member);
      group.members.push_back(member);
    }
    PARLEY_CHECK(define(group.name));
    if (words[2] == "all") {
      group.threshold = group.members.size();
    } else if (words[2] != "any") {
      const std::string_view number = words[2];
      const auto [stop, error] =
          std::from_chars(number.data(), number.data() + number.size(), group.threshold);
      if (error != std::errc{} || stop != number.data() + number.size() || number[0] == '0' ||
          group.threshold < 1 || group.threshold > group.members.size())
        return bad("the threshold of a group is all, any or a number from 1 to its members");
    }
    trust_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> quorum_line(const std::vector<std::string_view>& words) {
    if (words.size() != 2) return bad("write: quorum NAME");
    if (std::exchange(quorum_seen_, true)) return bad("a trust file has one quorum line");
    if (words[1] != "none" && !names_.contains(std::string(words[1])))
      return bad("no witness or group of this name stands above: " + std::string(words[1]));
    trust_.quorum = words[1];
    return {};
  }

  TrustLimits limits_;
  Trust trust_;
  bool quorum_seen_ = false;
  std::set<std::string> names_;    // witnesses and groups share one set of names
  std::set<std::string> grouped_;  // each counts in one group only
  std::set<crypto::PublicKey> log_keys_;
  std::set<crypto::PublicKey> role_keys_;
  std::set<crypto::PublicKey> witness_keys_;
};

}  // namespace

Result<Trust> parse_trust(std::string_view text, const TrustLimits& limits) {
  if (text.size() > limits.max_bytes)
    return fail(ErrorKind::bad_input,
                "a trust file longer than " + std::to_string(limits.max_bytes) + " bytes");
  if (!text.empty() && !text.ends_with('\n'))
    return fail(ErrorKind::bad_input, "the last line of a trust file ends with a line break, too");
  TrustParser parser(limits);
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::string where = "line " + std::to_string(number);
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (std::any_of(line.begin(), line.end(), [](char c) {
          const auto byte = static_cast<unsigned char>(c);
          return (byte < 0x20 && c != '\t') || byte == 0x7f;
        }))
      return fail(ErrorKind::bad_input, "control characters in a trust file", where);
    const std::vector<std::string_view> words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    auto read = parser.line(words);
    if (!read) return fail(ErrorKind::bad_input, read.error().text(), where);
  }
  return parser.finish();
}

}  // namespace parley::ledger
