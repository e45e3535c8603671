#include "exchange/text_scan.hpp"

#include <algorithm>

#include "exchange/object_facts.hpp"
#include "intel/stix.hpp"

namespace parley::exchange {

namespace {

using intel::Selector;
using intel::SelectorType;

constexpr std::string_view separators = " \t\r\n\f\v\"'`<>|,;\\";
constexpr std::string_view brackets = "()[]{}=&";
constexpr std::string_view trailing = ".:!?()[]{}*_~-/";

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

void add_word(std::vector<Selector>& out, std::string_view word) {
  const std::size_t begin = word.find_first_not_of(trailing);
  if (begin == std::string_view::npos) return;
  // Both with and without the punctuation round it: a URL may end in a slash that counts, a sentence in a dot
  // that does not.
  const std::string_view bare = word.substr(begin, word.find_last_not_of(trailing) - begin + 1);
  for (const std::string_view form : {word, bare}) {
    if (form.size() > intel::max_selector_bytes) continue;
    const auto guess = intel::guess_selector(form);
    if (!guess || !*guess) continue;
    add(out, **guess);
    add_parts(out, **guess);
  }
}

template <class Visit>
void split(std::string_view text, std::string_view at, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(at), text.size());
    if (end > 0) visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::vector<Selector> selectors_in_text(std::string_view text) {
  std::vector<Selector> out;
  split(text, separators, [&](std::string_view word) {
    add_word(out, word);
    // Brackets (and what joins the parts of a query) may be part of a defanged value or may stand round a
    // plain one; look at both readings.
    if (word.find_first_of(brackets) != std::string_view::npos)
      split(word, brackets, [&](std::string_view part) { add_word(out, part); });
  });
  return out;
}

Result<std::vector<policy::TextHit>> TextScanner::scan(const encoding::Json& object,
                                                       const std::vector<Selector>& own) {
  std::vector<policy::TextHit> hits;
  own_ = &own;
  words_ = 0;
  PARLEY_CHECK(walk(object, "", hits));
  return hits;
}

// Depth is bounded by the JSON parser.
Result<void> TextScanner::walk(const encoding::Json& value, const std::string& pointer,
                               std::vector<policy::TextHit>& hits) {
  if (const std::string* text = value.if_string()) {
    // Whatever the name of the property: an "id" or a "x_ref" of an extension may hold any text. A STIX id is
    // a reference, which others judge.
    if (intel::is_stix_id(*text)) return {};
    return look_at(*text, pointer, hits);
  }
  if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      PARLEY_CHECK(walk((*array)[i], pointer + "/" + std::to_string(i), hits));
  } else if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      const std::string at = encoding::json_pointer(pointer, key);
      PARLEY_CHECK(look_at(key, at, hits));  // extensions may carry a value as a member name
      PARLEY_CHECK(walk(member, at, hits));
    }
  }
  return {};
}

Result<void> TextScanner::look_at(std::string_view text, const std::string& pointer,
                                  std::vector<policy::TextHit>& hits) {
  words_ += 1 + static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
              return separators.find(c) != std::string_view::npos;
            }));
  if (words_ > max_text_words)
    return fail(ErrorKind::bad_input, "the object holds more text than can be checked", pointer);
  for (const Selector& selector : selectors_in_text(text)) {
    if (std::find(own_->begin(), own_->end(), selector) != own_->end()) continue;
    PARLEY_TRY(std::optional<policy::TextHit> hit, judge(selector));
    if (!hit) continue;
    hit->property = pointer;
    hits.push_back(std::move(*hit));
  }
  return {};
}

Result<std::optional<policy::TextHit>> TextScanner::judge(const Selector& selector) {
  if (const auto found = known_.find(selector); found != known_.end()) return found->second;
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
      hit->marking = marking_of(held->marking);
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
  known_.emplace(selector, hit);
  return hit;
}

}  // namespace parley::exchange
