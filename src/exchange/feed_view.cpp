#include "exchange/feed_view.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "exchange/object_facts.hpp"
#include "exchange/package.hpp"
#include "exchange/package_references.hpp"
#include "exchange/taxii_book.hpp"
#include "taxii/resources.hpp"
#include "taxii/timestamp.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

/// What was marked at import, and not in its own bytes, carries the marking when it leaves.
bool write_marking(Json& json, const intel::StixObject& object, const intel::Marking& effective) {
  if (object.defines || !effective.tlp || object.marking.tlp == effective.tlp) return false;
  Json refs = Json::array();
  if (const Json* old = json.find("object_marking_refs"); old != nullptr && old->is_array()) refs = *old;
  refs.push_back(intel::tlp_marking_id(*effective.tlp));
  json.set("object_marking_refs", std::move(refs));
  return true;
}

std::string element_of(FeedPart part, const state::Member& member) {
  if (part == FeedPart::versions) return '"' + taxii::format_timestamp(member.version) + '"';
  std::string out;
  taxii::append_manifest_record(
      out, {member.id, member.added, member.version, member.spec == state::SpecVersion::v20});
  return out;
}

}  // namespace

std::string FeedPage::joined() const {
  std::string out;
  for (const auto& element : elements) {
    if (!out.empty()) out += ',';
    out += *element;
  }
  return out;
}

void MadeFrom::put(std::int64_t content, const std::vector<state::Touch>& touches) {
  if (content < 0 || content > INT64_C(0xffffffff)) {
    forgot_ = true;
    return;
  }
  if (young_.size() + touches.size() > half_) {
    forgot_ = forgot_ || !old_.empty();
    old_ = std::exchange(young_, {});
  }
  for (const state::Touch touch : touches) young_.push_back({touch, static_cast<std::uint32_t>(content)});
}

std::vector<std::int64_t> MadeFrom::take(std::span<const state::Touch> touched) {
  const std::unordered_set<state::Touch> changed(touched.begin(), touched.end());
  std::unordered_set<std::uint32_t> stale;
  for (const auto* half : {&young_, &old_})
    for (const Entry& entry : *half)
      if (changed.contains(entry.touch)) stale.insert(entry.content);
  if (!stale.empty())
    for (auto* half : {&young_, &old_})
      std::erase_if(*half, [&](const Entry& entry) { return stale.contains(entry.content); });
  return {stale.begin(), stale.end()};
}

std::vector<std::int64_t> MadeFrom::contents() const {
  std::vector<std::int64_t> out;
  for (const auto* half : {&young_, &old_})
    for (const Entry& entry : *half)
      if (out.empty() || out.back() != entry.content) out.push_back(entry.content);
  return out;
}

FeedView::FeedView(std::shared_ptr<const state::Reader> reader, policy::Policy policy, std::string caller,
                   Timestamp now, Timestamp recorded_until, Limits limits)
    : reader_(std::move(reader)),
      recording_(limits.made_from > 0 ? state::record_lookups(*reader_, lookups_) : nullptr),
      policy_(std::move(policy)),
      limits_(limits),
      scanner_(asked(), policy_, caller_origin(caller), recording_ ? &lookups_ : nullptr),
      seen_(limits.decisions),
      leaving_(SIZE_MAX, limits.bytes),
      made_from_(limits.made_from) {
  question_.act = policy::Act::taxii;
  question_.now = now;
  question_.recorded_until = recorded_until;
  std::string origin = caller_origin(caller);
  question_.audience = policy::Audience{std::move(caller), std::move(origin), {}, {}, false};
}

void FeedView::use(std::shared_ptr<const state::Reader> reader, Timestamp now, Timestamp recorded_until) {
  reader_ = std::move(reader);
  if (recording_) recording_ = state::record_lookups(*reader_, lookups_);
  scanner_ = TextScanner(asked(), policy_, question_.audience->origin, recording_ ? &lookups_ : nullptr);
  question_.now = now;
  question_.recorded_until = recorded_until;
}

void FeedView::let_go() {
  recording_.reset();
  reader_.reset();
}

bool FeedView::go_on(std::shared_ptr<const state::Reader> reader, Timestamp now, Timestamp recorded_until,
                     std::span<const state::Touch> touched) {
  if (!recording_) return false;
  const std::vector<std::int64_t> stale = made_from_.take(touched);
  if (made_from_.take_forgot()) {
    // Only those stay of which it is known what they were made from.
    Verdicts known(limits_.decisions);
    for (const std::int64_t content : made_from_.contents()) known.put(content, seen_.find(content));
    seen_ = std::move(known);
    leaving_.forget_unless(
        [&](std::int64_t content) { return seen_.find(content) != Verdicts::Verdict::unknown; });
  }
  for (const std::int64_t content : stale) {
    seen_.put(content, Verdicts::Verdict::unknown);
    leaving_.forget(content);
  }
  named_.clear();
  use(std::move(reader), now, recorded_until);
  return true;
}

policy::Decision FeedView::act() const {
  return policy_.decide(question_);
}

Result<FeedView::Seen> FeedView::look(const state::Member& member) {
  const std::int64_t content = member.content.value();
  using enum Verdicts::Verdict;
  if (const auto known = seen_.find(content); known != unknown)
    return Seen{known != stays, known == leaves_changed};
  ++judged_;
  lookups_ = {};
  std::vector<policy::Fired> denials;
  PARLEY_TRY(Judged judged, judge(member, denials));
  const Seen seen{judged.permit, judged.changed};
  if (judged.permit) remember(content, std::move(judged.bytes));
  // What may hang on anything is not worth remembering.
  if (recording_ && lookups_.everything()) return seen;
  seen_.put(content, !seen.permit ? stays : seen.changed ? leaves_changed : leaves);
  if (recording_) made_from_.put(content, lookups_.take());
  return seen;
}

FeedView::Leaving FeedView::remember(std::int64_t content, std::string bytes) {
  constexpr std::size_t overhead = 160;  // of remembering it
  const std::size_t size = bytes.size() + overhead;
  Leaving out;
  out.hash = crypto::sha256(as_bytes(bytes));
  out.bytes = std::make_shared<const std::string>(std::move(bytes));
  // One large object is not worth all the small ones.
  if (size <= limits_.bytes / 8 && leaving_.find(content) == nullptr) leaving_.put(content, out, size);
  return out;
}

Result<FeedView::Leaving> FeedView::leaving(const state::Member& member, const Seen& seen) {
  const std::int64_t content = member.content.value();
  if (const Leaving* const known = leaving_.find(content)) return *known;
  if (seen.changed) {
    ++judged_;
    std::vector<policy::Fired> denials;
    PARLEY_TRY(Judged judged, judge(member, denials));
    if (!judged.permit) return Leaving();
    return remember(content, std::move(judged.bytes));
  }
  std::string bytes;
  PARLEY_TRY(const bool found, reader_->append_content(member.content, bytes));
  if (!found) return fail(ErrorKind::internal, "a member has no content");
  return remember(content, std::move(bytes));
}

Result<std::vector<policy::Fired>> FeedView::why(const state::Member& member) {
  std::vector<policy::Fired> denials;
  PARLEY_CHECK(judge(member, denials));
  return denials;
}

Result<policy::Decision> FeedView::decide(const intel::StixObject& object, const Json& json, bool with_text,
                                          policy::ObjectFacts& facts) {
  policy::Question question = question_;
  PARLEY_TRY(question.object, object_facts(asked(), policy_, object, json, question_.audience->origin));
  for (const intel::Selector& selector : object.selectors) {
    PARLEY_TRY(const auto held, asked().find_selector(selector));
    if (held) question.object->unpublished = question.object->unpublished || held->unpublished;
  }
  if (with_text) {
    PARLEY_TRY(question.object->text_hits, scanner_.scan(json, object.selectors));
  }
  if (object.defines) allow_definition(*question.object);
  policy::Decision decision = policy_.decide(question);
  if (also_ && decision.outcome == policy::Outcome::permit) {
    policy::Question other = *also_;
    other.object = question.object;
    policy::Decision second = policy_.decide(other);
    for (const std::string& property : decision.strip)
      if (std::ranges::find(second.strip, property) == second.strip.end()) second.strip.push_back(property);
    if (second.outcome == policy::Outcome::deny)
      decision = std::move(second);
    else
      decision.strip = std::move(second.strip);
  }
  facts = std::move(*question.object);
  return decision;
}

/// Of what is not held here nothing can be told but that its producer named it.
Result<bool> FeedView::may_name(const std::string& id) {
  const auto known = named_.find(id);
  if (known != named_.end()) {
    lookups_.add(known->second.made_from);
    return known->second.may;
  }
  if (named_.size() >= limits_.decisions) named_.clear();
  const std::size_t before = lookups_.size();
  bool may = true;
  PARLEY_TRY(const std::vector<state::StoredObject> versions, asked().find_versions(id));
  if (!versions.empty()) {
    const Result<intel::StixObject> object = read_object(asked(), versions.back().raw);
    const Result<Json> json = encoding::parse_json(versions.back().raw);
    may = is_one_object(versions) && object && json;
    if (may) {
      policy::ObjectFacts facts;
      PARLEY_TRY(const policy::Decision decision, decide(*object, *json, false, facts));
      may = decision.outcome == policy::Outcome::permit;
    }
  }
  const auto made_from = lookups_.since(before);
  named_.emplace(id, Named{may, {made_from.begin(), made_from.end()}});
  return may;
}

Result<FeedView::Judged> FeedView::judge(const state::Member& member, std::vector<policy::Fired>& denials) {
  const auto deny = [&](std::string rule, std::string why) {
    denials.push_back({std::move(rule), std::move(why)});
    return Judged{};
  };
  std::string raw;
  PARLEY_TRY(const bool stored, asked().append_content(member.content, raw));
  PARLEY_TRY(const std::vector<state::StoredObject> versions, asked().find_versions(member.id));
  if (!stored || !is_one_object(versions)) return deny("colliding-id", "two sources claim this id");
  // Of several contents of a version one counts; a member that names another one waits to be added anew.
  const std::vector<state::StoredObject> counting = own_first(versions);
  if (std::ranges::none_of(counting, [&](const state::StoredObject& one) { return one.raw == raw; }))
    return deny("colliding-id", "another content of this version counts");
  const Result<intel::StixObject> object = read_object(asked(), raw);
  Result<Json> json = encoding::parse_json(raw);
  if (!object || !json || object->id != member.id) return deny("package-form", "it is not held as STIX");

  policy::ObjectFacts facts;
  const Result<policy::Decision> decided = decide(*object, *json, true, facts);
  if (!decided) {
    if (decided.error().kind == ErrorKind::internal) return std::unexpected<Error>(decided.error());
    return deny("free-text", decided.error().message);  // more text than can be judged
  }
  if (decided->outcome != policy::Outcome::permit) {
    denials = decided->fired;
    return Judged{};
  }
  const std::optional<intel::PapLevel> pap = facts.marking.pap;
  if (pap && *pap != intel::PapLevel::clear && object->marking.pap != pap)
    return deny("pap-ceiling", "it is held under a stricter PAP than the one it carries");

  bool changed = false;
  for (const std::string& property : decided->strip) changed = json->erase(property) || changed;
  changed = write_marking(*json, *object, facts.marking) || changed;
  Result<void> failed;
  const ReferenceCut cut = cut_references_of(*json, [&](std::string_view id) {
    if (!intel::is_stix_id(id) || intel::tlp_of_marking_id(id)) return true;
    const Result<bool> may = may_name(std::string(id));
    if (!may) failed = std::unexpected<Error>(may.error());
    return may && *may;
  });
  PARLEY_CHECK(failed);
  if (!cut.impossible.empty())
    return deny("reference-cut", "it means nothing without " + cut.impossible + ", which stays here");
  changed = changed || !cut.pointers.empty();
  if (!changed) return Judged{true, false, std::move(raw)};
  // The gate looks at the bytes that leave: they must say how they may be handled, and lack what was taken.
  std::string bytes = encoding::write_json(*json);
  const Result<intel::StixObject> leaves = read_object(asked(), bytes);
  if (!leaves || leaves->id != object->id ||
      (!leaves->defines && (leaves->marking.unknown || leaves->marking.tlp != facts.marking.tlp)))
    return deny("package-form", "it could not be written as the rules want it");
  return Judged{true, true, std::move(bytes)};
}

Result<Cleared<FeedPage>> Gate::clear_feed(FeedView& view, const FeedQuestion& question) {
  const policy::Decision act = view.act();
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  if (node_->policy().version() != view.policy().version())
    return refuse({"policy-changed"}, "the rules changed; ask again");
  FeedPage page;
  page.looked_at = question.after;
  const std::size_t judged_before = view.judged();
  std::size_t looked_at = 0;
  std::size_t bytes = 0;
  std::vector<crypto::Hash256> hashes;
  bool ended = false;
  while (!ended) {
    // Behind a full page only one more is looked for, perhaps past many that are kept back.
    const std::size_t rest = question.limit - page.objects + 1;
    const std::size_t wanted = std::min(rest > 1 ? rest : 256, state::max_page);
    PARLEY_TRY(const state::MemberPage members,
               view.reader().list_members(question.collection, page.looked_at, question.filter, wanted));
    for (const state::Member& member : members.members) {
      const bool is_full = page.objects == question.limit || bytes >= question.max_bytes;
      const bool is_tired =
          looked_at >= max_feed_looked_at || view.judged() - judged_before >= max_feed_judged;
      PARLEY_TRY(const FeedView::Seen seen,
                 is_tired ? Result<FeedView::Seen>(FeedView::Seen{}) : view.look(member));
      // What the rules keep back behind a full page is not worth a further one.
      if (is_tired || (is_full && seen.permit)) {
        page.more = true;
        ended = true;
        break;
      }
      ++looked_at;
      if (!is_full) page.looked_at = member.added;
      if (!seen.permit || is_full) continue;
      std::shared_ptr<const std::string> element;
      if (question.part == FeedPart::objects) {
        PARLEY_TRY(FeedView::Leaving leaving, view.leaving(member, seen));
        if (!leaving.bytes) continue;
        element = std::move(leaving.bytes);
        hashes.push_back(leaving.hash);
      } else {
        element = std::make_shared<const std::string>(element_of(question.part, member));
      }
      bytes += element->size() + 1;
      page.elements.push_back(std::move(element));
      ++page.objects;
      if (!page.first) page.first = member.added;
      page.last = member.added;
    }
    if (ended) break;
    if (!members.more) break;
    page.looked_at = std::max(page.looked_at, members.looked_at);
  }
  if (question.part == FeedPart::objects) {
    crypto::Sha256 hash;
    for (const crypto::Hash256& one : hashes) hash.update(BytesView(one));
    page.hash = hash.finish();
  }
  const std::string& origin = view.question().audience->origin;
  return Cleared<FeedPage>(std::move(page), {origin, "", "", node_->policy().version(), act.rules()});
}

}  // namespace parley::exchange
