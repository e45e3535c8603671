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

/// The level that an object was marked with at import, and not in its own bytes: it carries that when it
/// leaves.
std::optional<intel::TlpLevel> marking_to_write(const intel::StixObject& object,
                                                const intel::Marking& effective) {
  if (object.defines || object.marking.tlp == effective.tlp) return std::nullopt;
  return effective.tlp;
}

void append_element(std::string& out, FeedPart part, const FeedItem& item) {
  if (part == FeedPart::versions)
    out += '"' + taxii::format_timestamp(item.version) + '"';
  else
    taxii::append_manifest_record(
        out, {std::string(item.id), item.added, item.version, item.spec == state::SpecVersion::v20});
}

state::Member member_of(const FeedItem& item) {
  return {item.content, std::string(item.id), item.version, item.added, item.spec};
}

}  // namespace

std::string FeedPage::joined() const {
  std::string out;
  for (const std::string_view element : elements) {
    if (!out.empty()) out += ',';
    out += element;
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
      leaving_(SIZE_MAX, limits.bytes / 2),
      stretches_(limits.bytes),
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
  stretches_.clear();
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

void FeedView::forget_objects() {
  stretches_.clear();
  leaving_.clear();
}

policy::Decision FeedView::act() const {
  return policy_.decide(question_);
}

void FeedView::Recipe::apply(Json& json) const {
  for (const std::string& property : strip) json.erase(property);
  if (!marking) return;
  Json refs = Json::array();
  if (const Json* old = json.find("object_marking_refs"); old != nullptr && old->is_array()) refs = *old;
  refs.push_back(intel::tlp_marking_id(*marking));
  json.set("object_marking_refs", std::move(refs));
}

std::optional<std::size_t> FeedView::number_of(const Recipe& recipe) {
  const auto known = std::ranges::find(recipes_, recipe);
  if (known != recipes_.end()) return static_cast<std::size_t>(known - recipes_.begin());
  if (recipes_.size() == Verdicts::max_recipes) return std::nullopt;
  recipes_.push_back(recipe);
  return recipes_.size() - 1;
}

Result<FeedView::Seen> FeedView::look(const state::Member& member) {
  const std::int64_t content = member.content.value();
  using Verdict = Verdicts::Verdict;
  if (const auto known = seen_.find(content); known != Verdict::unknown) {
    if (known < Verdict::by_recipe)
      return Seen{known != Verdict::stays, known == Verdict::leaves_changed, std::nullopt};
    return Seen{true, true, Verdicts::recipe_of(known)};
  }
  ++judged_;
  lookups_ = {};
  std::vector<policy::Fired> denials;
  PARLEY_TRY(Judged judged, judge(member, denials));
  Seen seen{judged.permit, judged.changed, std::nullopt};
  if (judged.recipe) seen.recipe = number_of(*judged.recipe);
  if (judged.permit && judged.changed) remember(content, std::move(judged.bytes));
  // What may hang on anything is not worth remembering.
  if (recording_ && lookups_.everything()) return seen;
  seen_.put(content, !seen.permit    ? Verdict::stays
                     : !seen.changed ? Verdict::leaves
                     : !seen.recipe  ? Verdict::leaves_changed
                                     : Verdicts::of_recipe(*seen.recipe));
  if (recording_) made_from_.put(content, lookups_.take());
  return seen;
}

FeedView::Leaving FeedView::remember(std::int64_t content, std::string bytes) {
  constexpr std::size_t overhead = 160;  // of remembering it
  const std::size_t size = bytes.size() + overhead;
  Leaving out;
  out.hash = crypto::sha256(as_bytes(bytes));
  if (bytes.capacity() > bytes.size() + bytes.size() / 4) bytes.shrink_to_fit();
  out.bytes = std::make_shared<const std::string>(std::move(bytes));
  // One large object is not worth all the small ones.
  if (size <= limits_.bytes / 16 && leaving_.find(content) == nullptr) leaving_.put(content, out, size);
  return out;
}

Result<void> FeedView::make_bytes(FeedStretch& stretch, std::size_t first, std::size_t count) {
  std::size_t left = max_made_bytes;
  const auto put = [&](FeedItem& item, const Leaving& leaving) {
    stretch.hold(leaving.bytes);
    item.bytes = *leaving.bytes;
    item.hash = leaving.hash;
    left -= std::min(left, leaving.bytes->size());
  };
  // Of those that leave as they are held, and those that a recipe makes, the contents are read together.
  std::vector<std::pair<FeedItem*, std::optional<std::size_t>>> read;
  std::vector<state::ContentKey> keys;
  for (FeedItem& item : std::span(stretch.items).subspan(first, count)) {
    if (left == 0) break;
    if (item.bytes.data() != nullptr) continue;
    const std::int64_t content = item.content.value();
    Seen seen{true, false, std::nullopt};
    if (seen_.find(content) != Verdicts::Verdict::leaves) {
      const state::Member member = member_of(item);
      PARLEY_TRY(seen, look(member));
      if (!seen.permit) continue;
      const Leaving* const known = seen.changed ? leaving_.find(content) : nullptr;
      if (known != nullptr) {
        put(item, *known);
        continue;
      }
      if (seen.changed && !seen.recipe) {
        ++judged_;
        std::vector<policy::Fired> denials;
        PARLEY_TRY(Judged judged, judge(member, denials));
        if (judged.permit) put(item, remember(content, std::move(judged.bytes)));
        continue;
      }
    }
    read.emplace_back(&item, seen.recipe);
    keys.push_back(item.content);
  }
  if (keys.empty()) return {};

  auto held = std::make_shared<std::string>();
  constexpr std::size_t usual = 768;  // bytes of an object
  held->reserve(keys.size() * usual);
  PARLEY_TRY(const std::vector<std::size_t> ends, reader_->append_contents(keys, *held, left));
  if (held->capacity() > held->size() + held->size() / 4) held->shrink_to_fit();
  // Before any view of it: they must not outlive it when a later one fails.
  const auto as_held = std::span(read).first(ends.size());
  if (std::ranges::any_of(as_held, [](const auto& one) { return !one.second; })) stretch.hold(held);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto& [item, recipe] = read[i];
    const std::string_view raw = std::string_view(*held).substr(begin, ends[i] - begin);
    begin = ends[i];
    if (recipe) {
      PARLEY_TRY(Json json, encoding::parse_json(raw));
      recipes_[*recipe].apply(json);
      put(*item, remember(item->content.value(), encoding::write_json(json)));
    } else {
      item->bytes = raw;
      item->hash = crypto::sha256(as_bytes(raw));
    }
  }
  return {};
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

  Recipe recipe;
  for (const std::string& property : decided->strip)
    if (json->find(property) != nullptr) recipe.strip.push_back(property);
  recipe.marking = marking_to_write(*object, facts.marking);
  recipe.apply(*json);
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
  const bool is_cut = !cut.pointers.empty();
  if (recipe == Recipe() && !is_cut) return Judged{true, false, std::move(raw), std::nullopt};
  // The gate looks at the bytes that leave: they must say how they may be handled, and lack what was taken.
  std::string bytes = encoding::write_json(*json);
  const Result<intel::StixObject> leaves = read_object(asked(), bytes);
  if (!leaves || leaves->id != object->id ||
      (!leaves->defines && (leaves->marking.unknown || leaves->marking.tlp != facts.marking.tlp)))
    return deny("package-form", "it could not be written as the rules want it");
  return Judged{true, true, std::move(bytes), is_cut ? std::nullopt : std::optional(std::move(recipe))};
}

namespace {

/// Objects whose bytes are made at once.
constexpr std::size_t max_made_at_once = 64;

/// A page in the making.
class PageBuilder {
 public:
  PageBuilder(FeedView& view, const FeedQuestion& question) : view_(&view), question_(&question) {
    page_.looked_at = question.after;
  }

  bool is_full() const { return page_.objects == question_->limit || bytes_ >= question_->max_bytes; }
  std::size_t rest() const { return question_->limit - page_.objects; }
  Timestamp looked_at() const { return page_.looked_at; }
  void set_more() { page_.more = true; }

  /// Goes on in a stretch as far as it goes. True when the page is full and something stands behind it.
  Result<bool> take(const std::shared_ptr<FeedStretch>& stretch) {
    page_.holders.push_back(stretch);
    std::vector<FeedItem>& items = stretch->items;
    const auto first = std::ranges::upper_bound(items, page_.looked_at, {}, &FeedItem::added);
    for (auto i = static_cast<std::size_t>(first - items.begin()); i < items.size(); ++i) {
      if (is_full()) {
        page_.more = true;
        return true;
      }
      if (question_->part == FeedPart::objects && items[i].bytes.data() == nullptr) {
        const std::size_t count = std::min({max_made_at_once, rest(), items.size() - i});
        PARLEY_CHECK(view_->make_bytes(*stretch, i, count));
      }
      add(items[i]);
    }
    page_.looked_at = std::max(page_.looked_at, stretch->to);
    return false;
  }

  FeedPage finish() {
    if (question_->part == FeedPart::objects) {
      page_.hash = crypto::sha256(BytesView(reinterpret_cast<const std::uint8_t*>(hashes_.data()),
                                            hashes_.size() * sizeof(crypto::Hash256)));
      return std::move(page_);
    }
    const auto text = std::make_shared<const std::string>(std::move(text_));
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      page_.elements.push_back(std::string_view(*text).substr(begin, end - begin));
      begin = end;
    }
    page_.holders = {text};
    return std::move(page_);
  }

 private:
  void add(const FeedItem& item) {
    page_.looked_at = item.added;
    if (question_->part != FeedPart::objects) {
      append_element(text_, question_->part, item);
      ends_.push_back(text_.size());
      bytes_ = text_.size();
    } else if (item.bytes.data() == nullptr) {
      return;  // it may not leave after all
    } else {
      bytes_ += item.bytes.size() + 1;
      page_.elements.push_back(item.bytes);
      hashes_.push_back(item.hash);
    }
    ++page_.objects;
    if (!page_.first) page_.first = item.added;
    page_.last = item.added;
  }

  FeedView* view_;
  const FeedQuestion* question_;
  FeedPage page_;
  std::size_t bytes_ = 0;
  std::vector<crypto::Hash256> hashes_;
  std::string text_;  // of what is no object
  std::vector<std::size_t> ends_;
};

/// Looks members up and asks the rules for them.
class StretchBuilder {
 public:
  StretchBuilder(FeedView& view, const FeedQuestion& question, const std::optional<std::string>& list)
      : view_(&view), question_(&question), list_(&list), judged_before_(view.judged()) {}

  /// Nothing stands behind the last stretch, or there was too much to look at.
  bool is_over() const { return is_over_; }
  bool is_tired() const { return is_tired_; }

  /// The stretch behind a date, with at most `most` items; `wanted` members are looked up. Ends where one
  /// begins that is there.
  Result<std::shared_ptr<FeedStretch>> build(Timestamp after, std::size_t wanted, std::size_t most) {
    const std::string& collection = question_->collection;
    PARLEY_TRY(const state::MemberPage members,
               view_->reader().list_members(collection, after, question_->filter, wanted));
    const Timestamp end = *list_ ? view_->stretches().next_begin(**list_, after) : FeedStretches::nowhere;
    auto made = std::make_shared<FeedStretch>(FeedStretch{after, after, {}, {}, 0});
    std::vector<const state::Member*> seen;
    bool is_whole = true;
    for (const state::Member& member : members.members) {
      is_tired_ = looked_at_ >= max_feed_looked_at || view_->judged() - judged_before_ >= max_feed_judged;
      is_whole = !is_tired_ && member.added <= end && seen.size() < most;
      if (!is_whole) break;
      PARLEY_TRY(const FeedView::Seen one, view_->look(member));
      ++looked_at_;
      made->to = member.added;
      if (one.permit) seen.push_back(&member);
    }
    is_over_ = is_whole && !members.more;
    if (is_whole && members.more) made->to = std::max(made->to, std::min(members.looked_at, end));
    if (!is_whole && !is_tired_ && seen.size() < most) made->to = end;
    put_items(*made, seen);
    return made;
  }

 private:
  static void put_items(FeedStretch& stretch, const std::vector<const state::Member*>& seen) {
    std::size_t size = 0;
    for (const state::Member* member : seen) size += member->id.size();
    auto ids = std::make_shared<std::string>();
    ids->reserve(size);
    stretch.items.reserve(seen.size());
    for (const state::Member* member : seen) {
      const std::size_t begin = ids->size();
      *ids += member->id;
      const std::string_view id = std::string_view(*ids).substr(begin);
      stretch.items.push_back({member->content, member->version, member->added, member->spec, id, {}, {}});
    }
    stretch.hold(std::move(ids));
  }

  FeedView* view_;
  const FeedQuestion* question_;
  const std::optional<std::string>* list_;
  std::size_t judged_before_;
  std::size_t looked_at_ = 0;
  bool is_over_ = false;
  bool is_tired_ = false;
};

}  // namespace

Result<Cleared<FeedPage>> Gate::clear_feed(FeedView& view, const FeedQuestion& question) {
  const policy::Decision act = view.act();
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  if (node_->policy().version() != view.policy().version())
    return refuse({"policy-changed"}, "the rules changed; ask again");
  const std::optional<std::string> list = feed_list(question.collection, question.filter);
  PageBuilder page(view, question);
  StretchBuilder builder(view, question, list);
  std::size_t behind = 8;
  for (bool ended = false; !ended;) {
    if (const auto known = list ? view.stretches().find(*list, page.looked_at()) : nullptr) {
      const Result<bool> taken = page.take(known);
      view.stretches().measure();
      PARLEY_TRY(ended, taken);
      continue;
    }
    // One more than the page holds, to tell whether there is more: perhaps past many that are kept back.
    const std::size_t most = page.is_full() ? 1 : page.rest() + 1;
    const std::size_t wanted = page.is_full() ? std::exchange(behind, 256) : most;
    PARLEY_TRY(const auto made, builder.build(page.looked_at(), std::min(wanted, state::max_page), most));
    PARLEY_TRY(const bool has_more, page.take(made));
    if (builder.is_tired() && !has_more) page.set_more();
    ended = has_more || builder.is_tired() || builder.is_over();
    if (list) view.stretches().put(*list, made);
  }
  const std::string& origin = view.question().audience->origin;
  return Cleared<FeedPage>(page.finish(), {origin, "", "", node_->policy().version(), act.rules()});
}

}  // namespace parley::exchange
