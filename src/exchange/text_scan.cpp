#include "exchange/text_scan.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/package.hpp"
#include "intel/stix.hpp"

namespace parley::exchange {

namespace {

using intel::Selector;
using intel::SelectorType;

/// Characters, looked up at once: most of the time that a text costs is spent here.
class CharacterSet {
 public:
  constexpr explicit CharacterSet(std::string_view characters) {
    for (const char c : characters) has_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }
  bool in(std::string_view text) const {
    return std::any_of(text.begin(), text.end(), [this](char c) { return has(c); });
  }

 private:
  std::array<bool, 256> has_{};
};

constexpr CharacterSet separators(" \t\r\n\f\v\"'`<>|,;\\");
constexpr CharacterSet brackets("()[]{}=&");
constexpr CharacterSet trailing(".:!?()[]{}*_~-/");
constexpr CharacterSet plain("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-");

void add(std::vector<Selector>& out, Result<Selector> selector) {
  if (selector && std::find(out.begin(), out.end(), *selector) == out.end())
    out.push_back(std::move(*selector));
}

// Every name above a host that still has two labels: "a.b.example.org" shows "example.org" as well.
void add_domains(std::vector<Selector>& out, std::string_view host) {
  while (host.find('.') != std::string_view::npos) {
    add(out, intel::canonical_selector(SelectorType::domain_name, host));
    host.remove_prefix(host.find('.') + 1);
  }
}

std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.rfind(':'));
}

void add_parts(std::vector<Selector>& out, const Selector& selector) {
  switch (selector.type) {
    case SelectorType::url: {
      const std::string_view host = host_of(selector.value);
      add(out, intel::canonical_selector(SelectorType::ipv4_addr, host));
      if (host.starts_with('[') && host.size() > 2)
        add(out, intel::canonical_selector(SelectorType::ipv6_addr, host.substr(1, host.size() - 2)));
      add_domains(out, host);
      break;
    }
    case SelectorType::email_addr:
      add_domains(out, std::string_view(selector.value).substr(selector.value.rfind('@') + 1));
      break;
    case SelectorType::domain_name:
      add_domains(out, selector.value);
      break;
    default:
      break;
  }
}

void add_form(std::vector<Selector>& out, std::string_view form) {
  if (is_plain_word(form) || form.size() > intel::max_selector_bytes) return;
  const auto guess = intel::guess_selector(form);
  if (!guess || !*guess) return;
  add(out, **guess);
  add_parts(out, **guess);
}

void add_word(std::vector<Selector>& out, std::string_view word) {
  std::string_view bare = word;
  while (!bare.empty() && trailing.has(bare.front())) bare.remove_prefix(1);
  while (!bare.empty() && trailing.has(bare.back())) bare.remove_suffix(1);
  if (bare.empty()) return;
  // Both with and without the punctuation round it: a URL may end in a slash that counts, a sentence in a dot
  // that does not.
  add_form(out, word);
  if (bare.size() < word.size()) add_form(out, bare);
}

template <class Visit>
void split(std::string_view text, const CharacterSet& at, Visit visit) {
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && !at.has(text[end])) ++end;
    if (end > begin) visit(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

/// "2026-01-02T03:04:05.678Z": every object has some.
bool is_time(std::string_view word) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (word.size() <= form.size() || word.size() > form.size() + 11 || word.back() != 'Z') return false;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == '0' ? !is_digit(word[i]) : word[i] != form[i]) return false;
  const std::string_view rest = word.substr(form.size(), word.size() - form.size() - 1);
  return rest.empty() || (rest.front() == '.' && std::all_of(rest.begin() + 1, rest.end(), is_digit));
}

}  // namespace

bool is_plain_word(std::string_view word) {
  if (is_time(word)) return true;
  for (std::size_t i = 0; i < word.size(); ++i) {
    // "__" may stand for a dot.
    if (!plain.has(word[i]) || (word[i] == '_' && i > 0 && word[i - 1] == '_')) return false;
  }
  if (starts_with_ignoring_case(word, "cve-")) return false;
  if (starts_with_ignoring_case(word, "as") && word.size() > 2 && is_digit(word[2])) return false;
  if (word.size() < 14) return true;  // shorter than any account, hash or address
  const bool may_be_coin = word[0] == '1' || word[0] == '3' || word[0] == 'b' || word[0] == 'B';
  const bool may_be_account = is_digit(word[2]) && is_digit(word[3]);
  const bool may_be_address = word.size() == 17;
  const bool may_be_hash = word.size() == 32 || word.size() == 40 || word.size() == 64 || word.size() == 128;
  return !may_be_coin && !may_be_account && !may_be_address && !may_be_hash;
}

std::vector<Selector> selectors_in_text(std::string_view text) {
  std::vector<Selector> out;
  split(text, separators, [&](std::string_view word) {
    add_word(out, word);
    // Brackets (and what joins the parts of a query) may be part of a defanged value or may stand round a
    // plain one; look at both readings.
    if (brackets.in(word)) split(word, brackets, [&](std::string_view part) { add_word(out, part); });
  });
  return out;
}

std::vector<std::string> ids_in_text(std::string_view text) {
  constexpr std::size_t uuid = 36;
  const auto is_uuid = [](std::string_view part) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? part[i] != '-' : std::string_view("0123456789abcdefABCDEF").find(part[i]) == part.npos)
        return false;
    }
    return true;
  };
  constexpr std::size_t longest_type = 250;  // STIX 2.1 section 3.2
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto of_type = [&](char c) {
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  std::vector<std::string> out;
  for (std::size_t at = text.find("--"); at != std::string_view::npos; at = text.find("--", at + 1)) {
    if (text.size() - at - 2 < uuid) break;
    const std::string_view tail = text.substr(at + 2, uuid);
    if (!is_uuid(tail)) continue;
    std::size_t begin = at;
    while (begin > 0 && at - begin < longest_type && of_type(text[begin - 1])) --begin;
    // What is glued to the front ("see-tool--…") may be part of the type or not; look at every reading.
    for (; begin < at; ++begin) {
      std::string id(text.substr(begin, at + 2 + uuid - begin));
      std::ranges::transform(id, id.begin(), lower);
      if (intel::is_stix_id(id) && std::ranges::find(out, id) == out.end()) out.push_back(std::move(id));
      while (begin < at && text[begin] != '-') ++begin;
    }
  }
  return out;
}

Result<std::vector<policy::TextHit>> TextScanner::scan(const encoding::Json& object,
                                                       const std::vector<Selector>& own) {
  std::vector<policy::TextHit> hits;
  own_ = &own;
  words_ = 0;
  const encoding::Json* id = object.find("id");
  own_id_ = id != nullptr && id->is_string() ? *id->if_string() : std::string();
  std::string pointer;
  PARLEY_CHECK(walk(object, pointer, false, hits));
  return hits;
}

// Depth is bounded by the JSON parser. `pointer` is as it was again afterwards.
Result<void> TextScanner::walk(const encoding::Json& value, std::string& pointer, bool is_reference,
                               std::vector<policy::TextHit>& hits) {
  const std::size_t size = pointer.size();
  if (const std::string* text = value.if_string()) {
    // Whatever the name of the property: an "id" or a "x_ref" of an extension may hold any text. A STIX id in
    // a reference is judged where references are cut.
    if (is_reference && intel::is_stix_id(*text)) return {};
    return look_at(*text, pointer, hits);
  }
  if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      pointer += '/' + std::to_string(i);
      PARLEY_CHECK(walk((*array)[i], pointer, is_reference, hits));
      pointer.resize(size);
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      if (key.find_first_of("~/") == std::string::npos)
        pointer.append("/").append(key);
      else
        pointer = encoding::json_pointer(pointer, key);
      PARLEY_CHECK(look_at(key, pointer, hits));  // extensions may carry a value as a member name
      PARLEY_CHECK(walk(member, pointer, key.ends_with("_ref") || key.ends_with("_refs"), hits));
      pointer.resize(size);
    }
  }
  return {};
}

Result<void> TextScanner::look_at(std::string_view text, const std::string& pointer,
                                  std::vector<policy::TextHit>& hits) {
  words_ += 1 + static_cast<std::size_t>(
                    std::count_if(text.begin(), text.end(), [](char c) { return separators.has(c); }));
  if (words_ > max_text_words)
    return fail(ErrorKind::bad_input, "the object holds more text than can be checked", pointer);
  for (const Selector& selector : selectors_in_text(text)) {
    if (std::find(own_->begin(), own_->end(), selector) != own_->end()) continue;
    PARLEY_TRY(std::optional<policy::TextHit> hit, judge(selector));
    if (!hit) continue;
    hit->property = pointer;
    hits.push_back(std::move(*hit));
  }
  for (const std::string& id : ids_in_text(text)) {
    PARLEY_TRY(std::optional<policy::TextHit> hit, judge_id(id));
    if (!hit) continue;
    hit->property = pointer;
    hits.push_back(std::move(*hit));
  }
  return {};
}

Result<std::optional<policy::TextHit>> TextScanner::judge_id(const std::string& id) {
  if (id == own_id_ || intel::tlp_of_marking_id(id)) return std::nullopt;
  if (const auto found = known_ids_.find(id); found != known_ids_.end()) {
    if (lookups_ != nullptr) lookups_->add(found->second.made_from);
    return found->second.hit;
  }
  const std::size_t lookups_before = lookups_ != nullptr ? lookups_->size() : 0;
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader_->find_versions(id));
  policy::ObjectFacts facts;
  facts.id = id;
  facts.type = id.substr(0, id.find("--"));
  facts.marking.unknown = true;
  if (!versions.empty()) {
    const Result<intel::StixObject> object = read_object(*reader_, versions.back().raw);
    const Result<encoding::Json> json = encoding::parse_json(versions.back().raw);
    if (object && json) {
      PARLEY_TRY(facts, object_facts(*reader_, *policy_, *object, *json, audience_));
      if (object->defines) allow_definition(facts);
    }
  }
  policy::TextHit hit;
  hit.selector = id;
  hit.marking = facts.marking;
  hit.off_limits = !policy_->off_limits(facts).empty();
  hit.open_case = !facts.open_case.empty();
  hit.received_from = facts.received_from;
  std::optional<policy::TextHit> out;
  if (hit.off_limits || !versions.empty()) out = std::move(hit);
  if (known_ids_.size() >= max_known) known_ids_.clear();
  KnownId known{out, {}};
  if (lookups_ != nullptr) {
    const auto made_from = lookups_->since(lookups_before);
    known.made_from.assign(made_from.begin(), made_from.end());
  }
  known_ids_.emplace(id, std::move(known));
  return out;
}

Result<std::optional<policy::TextHit>> TextScanner::judge(const Selector& selector) {
  if (const auto found = known_.find(selector); found != known_.end()) {
    if (lookups_ != nullptr) lookups_->add(state::touch_of(selector));
    return found->second;
  }
  PARLEY_TRY(const std::optional<state::SelectorSummary> held, reader_->find_selector(selector));
  std::optional<policy::TextHit> hit;
  policy::ObjectFacts facts;
  facts.type = std::string(intel::type_name(selector.type));
  facts.selectors = {selector_text(selector)};
  if (held) facts.labels = held->labels;
  const bool off_limits = !policy_->off_limits(facts).empty();
  if (held || off_limits) {
    hit.emplace();
    hit->selector = selector_text(selector);
    hit->off_limits = off_limits;
    if (held) {
      hit->marking = marking_of(*held);
      hit->open_case = held->open_case || !policy_->open_case_of(held->labels).empty();
      if (std::any_of(held->labels.begin(), held->labels.end(), is_received_label)) {
        PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader_->find_holdings(selector));
        const bool own = std::any_of(holdings.begin(), holdings.end(), [](const state::StoredHolding& one) {
          return std::none_of(one.labels.begin(), one.labels.end(), is_received_label);
        });
        if (!own) hit->received_from = received_from(held->labels, audience_);
      }
    }
  }
  if (known_.size() >= max_known) known_.clear();
  known_.emplace(selector, hit);
  return hit;
}

}  // namespace parley::exchange
