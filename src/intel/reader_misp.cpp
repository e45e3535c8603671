#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encoding/json_splitter.hpp"
#include "encoding/json_text.hpp"
#include "intel/misp.hpp"
#include "intel/observable_path.hpp"
#include "intel/reader_inputs.hpp"
#include "intel/waiting_room.hpp"

namespace parley::intel {
namespace {

using encoding::SplitDefect;
using encoding::SplitPiece;

/// Where attributes lie: an event alone, wrapped or not, in a response, in a list; and the answer of an
/// attribute search.
std::vector<std::string> attribute_patterns() {
  std::vector<std::string> patterns;
  for (const char* event :
       {"", "/Event", "/*", "/*/Event", "/response/Event", "/response/*/Event", "/response/*"}) {
    patterns.push_back(std::string(event) + "/Attribute/*");
    patterns.push_back(std::string(event) + "/Object/*/Attribute/*");
  }
  patterns.emplace_back("/response/Attribute/*");
  return patterns;
}

/// An event put together again from the pieces that it was cut into.
class EventText {
 public:
  void open(std::string_view name, char bracket) {
    begin(name);
    text_ += bracket;
  }
  void close(char bracket) {
    if (is_whole_) text_ += bracket;
  }
  /// `name` is empty in lists.
  void add(std::string_view name, std::string_view raw, std::size_t limit) {
    begin(name);
    if (is_whole_ && text_.size() + raw.size() > limit) lose();
    if (is_whole_) text_ += raw;
  }
  /// A part of it is not there: there is no whole.
  void lose() {
    is_whole_ = false;
    text_ = std::string();
  }
  std::string take() {
    std::string out = is_whole_ ? "{" + text_ + "}" : std::string();
    lose();
    return out;
  }

 private:
  void begin(std::string_view name) {
    if (!is_whole_) return;
    if (!text_.empty() && text_.back() != '[' && text_.back() != '{') text_ += ',';
    if (name.empty()) return;
    encoding::append_json_string(text_, name);
    text_ += ':';
  }

  std::string text_;
  bool is_whole_ = true;
};

/// An object on the way down: an event, one of its objects, or a wrapper around events.
struct Scope {
  std::string pointer;
  bool is_object = false;
  bool has_items = false;
  bool unreadable = false;  // a member of it was lost: its tags may be what is missing
  bool has_tags = false;
  bool has_published = false;
  std::string members;  // `"name":value,…` of everything but attributes and objects
  std::uint64_t offset = 0;
  EventText text;  // of an event: all of it
};

std::string_view last_step(std::string_view pointer) {
  return pointer.substr(pointer.rfind('/') + 1);
}

std::string_view parent(std::string_view pointer) {
  const std::size_t cut = pointer.rfind('/');
  return cut == std::string_view::npos ? std::string_view() : pointer.substr(0, cut);
}

bool is_number(std::string_view step) {
  return !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos;
}

class MispInput final : public Input, private encoding::SplitSink {
 public:
  MispInput(const ItemReader::Options& options, ItemSink& sink)
      : sink_(sink),
        limits_(options.limits),
        reader_(
            StixLimits{.max_bytes = options.limits.max_object_bytes, .max_depth = options.limits.max_depth}),
        waiting_(options.limits.max_waiting_bytes),
        splitter_(attribute_patterns(),
                  encoding::SplitLimits{.max_item_bytes = options.limits.max_object_bytes,
                                        .max_member_bytes = options.limits.max_member_bytes,
                                        .max_depth = options.limits.max_depth},
                  *this) {}

  Result<void> feed(std::string_view chunk) override { return splitter_.feed(as_bytes(chunk)); }

  Result<bool> go_on() override {
    for (std::size_t count = 0; is_going_ && count < limits_.items_a_turn; ++count) {
      if (waiting_.empty())
        is_going_ = false;
      else
        PARLEY_CHECK(pass(waiting_.pop(), going_));
    }
    is_going_ = is_going_ && !waiting_.empty();
    return !is_going_;
  }

  Result<void> finish() override {
    PARLEY_CHECK(splitter_.finish());
    // Still open: the file was cut off, and the tags may have stood in the part that is missing.
    while (!scopes_.empty()) {
      scopes_.back().unreadable = true;
      PARLEY_CHECK(close_scope());
    }
    PARLEY_CHECK(let_go(std::nullopt));
    return settle();
  }

 private:
  Result<void> enter(std::string_view pointer) override {
    PARLEY_CHECK(settle());
    const std::string_view step = last_step(pointer);
    Scope* const outer = event_scope();
    if (step == "Attribute" || step == "Object") {
      if (outer != nullptr) outer->text.open(step, '[');
      return {};
    }
    if (step == "response") return {};
    Scope scope;
    scope.pointer = pointer;
    scope.is_object = is_number(step) && last_step(parent(pointer)) == "Object";
    if (outer != nullptr) {
      if (scope.is_object)
        outer->text.open({}, '{');
      else
        outer->text.lose();  // a wrapper
    }
    scopes_.push_back(std::move(scope));
    return {};
  }

  Result<void> leave(std::string_view pointer) override {
    const std::string_view step = last_step(pointer);
    if (step == "Attribute" || step == "Object")
      if (Scope* const outer = event_scope()) outer->text.close(']');
    if (scopes_.empty() || scopes_.back().pointer != pointer) return {};
    return close_scope();
  }

  Result<void> member(const SplitPiece& piece) override {
    const std::string_view name = last_step(piece.pointer);
    if (scopes_.empty() || scopes_.back().pointer != parent(piece.pointer)) {
      if (name == "Attribute" || is_number(name)) return reject(piece, "neither an event nor an attribute");
      return {};
    }
    Scope& scope = scopes_.back();
    if (scope.pointer.empty() && is_number(name)) return reject(piece, "neither an event nor an attribute");
    std::string plain;  // the pointer's escapes undone
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == '~' && i + 1 < name.size())
        plain += name[++i] == '1' ? '/' : '~';
      else
        plain += name[i];
    }
    if (Scope* const outer = event_scope()) outer->text.add(plain, piece.raw, limits_.max_event_bytes);
    if (name == "Attribute" || name == "Object" || name == "Event") {
      if (piece.raw == "null") return {};
      scope.unreadable = true;
      return reject(piece, std::string(name) + " is not of the shape that MISP gives it");
    }
    if (scope.members.size() + piece.raw.size() > limits_.max_member_bytes) {
      scope.unreadable = true;
      return reject(piece, "the description of the event is longer than " +
                               std::to_string(limits_.max_member_bytes) + " bytes");
    }
    if (scope.members.empty())
      scope.offset = piece.offset;
    else
      scope.members += ',';
    if (name == "Tag") scope.has_tags = true;
    if (name == "published") scope.has_published = true;
    encoding::append_json_string(scope.members, plain);
    scope.members += ':';
    scope.members += piece.raw;
    return {};
  }

  Result<void> item(const SplitPiece& piece) override {
    PARLEY_CHECK(settle());
    for (Scope& scope : scopes_) scope.has_items = true;
    if (Scope* const outer = event_scope()) outer->text.add({}, piece.raw, limits_.max_event_bytes);
    WaitingItem item{.pointer = piece.pointer,
                     .offset = piece.offset,
                     .raw = std::string(piece.raw),
                     .object_id = {},
                     .ready = nullptr};
    if (event_scope() == nullptr) return pass(std::move(item), MispEvent{});
    waiting_.push(std::move(item));
    if (waiting_.is_over()) return overflow();
    return {};
  }

  Result<void> defect(const SplitDefect& defect) override {
    for (Scope& scope : scopes_) {
      if (!defect.is_item) scope.unreadable = true;
      scope.text.lose();
    }
    return sink_.take(make_reject(json_where(defect.pointer, defect.offset), defect.offset, defect.why));
  }

  Result<void> reject(const SplitPiece& piece, std::string why) {
    return sink_.take(make_reject(json_where(piece.pointer, piece.offset), piece.offset, std::move(why)));
  }

  /// The innermost scope that may be an event.
  Scope* event_scope() {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
      if (!scope->is_object) return &*scope;
    return nullptr;
  }

  /// Too many attributes to wait for the end of their event: they go with what is known of it. Unless its
  /// tags were among that, nobody knows their marking, nor without `published` whether they are.
  Result<void> overflow() {
    const Scope& scope = *event_scope();
    Result<MispEvent> event = reader_.read_event("{" + scope.members + "}");
    if (!event) {
      PARLEY_CHECK(let_go(std::nullopt));
      return settle();
    }
    if (!scope.has_tags || scope.unreadable) event->marking.unknown = true;
    if (!scope.has_published) event->unpublished = true;  // nobody knows yet
    PARLEY_CHECK(let_go(*event));
    return settle();
  }

  Result<void> let_go(const std::optional<MispEvent>& event) {
    if (is_going_) return {};  // nothing came since: it is what was around that event that ends
    object_start_ = 0;
    is_going_ = !waiting_.empty();
    going_ = event;
    return limits_.items_a_turn == 0 ? settle() : Result<void>();
  }

  /// What goes, goes before anything else.
  Result<void> settle() {
    while (is_going_ && !waiting_.empty()) PARLEY_CHECK(pass(waiting_.pop(), going_));
    is_going_ = false;
    return {};
  }

  /// Reads an attribute, joins what is known of its event (nothing: its marking is unknown), and gives it to
  /// the sink.
  Result<void> pass(WaitingItem&& waiting, const std::optional<MispEvent>& event) {
    ImportItem item;
    if (waiting.ready) {
      item = std::move(*waiting.ready);
    } else {
      Result<StixObject> read = reader_.read_attribute(waiting.raw);
      if (!read)
        return sink_.take(make_reject(json_where(waiting.pointer + read.error().where, waiting.offset),
                                      waiting.offset, read.error().message));
      item.where = json_where(waiting.pointer, waiting.offset);
      item.offset = waiting.offset;
      item.first_seen = read->first_seen;
      item.last_seen = read->last_seen;
      if (!waiting.object_id.empty()) read->refs.push_back({"object_ref", waiting.object_id});
      item.content = std::move(*read);
    }
    auto& object = std::get<StixObject>(item.content);
    if (event) {
      join_event(object, *event);
      if (event->marking.unknown)
        warn(object.warnings, "the tags of its event could not be read (or came too late): it never leaves");
    } else {
      object.own_marking.unknown = true;
      object.marking.unknown = true;
      warn(object.warnings, "its event could not be read: it never leaves");
    }
    return sink_.take(std::move(item));
  }

  Result<void> close_scope() {
    Scope scope = std::move(scopes_.back());
    scopes_.pop_back();
    if (!scope.is_object) return close_event(scope);
    if (Scope* const outer = event_scope()) {
      if (scope.unreadable) outer->text.lose();
      outer->text.close('}');
    }
    return close_object(scope);
  }

  /// A MISP object: its own description is kept, and its attributes point to it.
  Result<void> close_object(const Scope& scope) {
    const Result<MispEvent> object = reader_.read_event("{" + scope.members + "}");
    const std::string id = object ? "x-misp-object--" + object->uuid : std::string();
    if (!is_stix_id(id)) {
      object_start_ = waiting_.size();
      return {};
    }
    for (std::size_t i = std::min(object_start_, waiting_.size()); i < waiting_.size(); ++i)
      if (!waiting_[i].ready && waiting_[i].pointer.starts_with(scope.pointer + "/"))
        waiting_[i].object_id = id;
    if (event_scope() != nullptr) {
      waiting_.push(WaitingItem{
          .pointer = scope.pointer,
          .offset = scope.offset,
          .raw = {},
          .object_id = {},
          .ready = std::make_unique<ImportItem>(description(scope, id, "x-misp-object", *object))});
      if (waiting_.is_over()) PARLEY_CHECK(overflow());
    }
    object_start_ = waiting_.size();
    return {};
  }

  Result<void> close_event(Scope& scope) {
    if (!scope.has_items && scope.members.empty()) return {};
    Result<MispEvent> event = reader_.read_event("{" + scope.members + "}");
    if (!event) {
      PARLEY_CHECK(let_go(std::nullopt));
      return sink_.take(make_reject(json_where(scope.pointer + event.error().where, scope.offset),
                                    scope.offset, "the description of the event: " + event.error().message));
    }
    if (scope.unreadable) event->marking.unknown = true;
    const std::string id = "x-misp-event--" + event->uuid;
    if (is_stix_id(id)) {
      ImportItem item = description(scope, id, "x-misp-event", *event);
      auto& object = std::get<StixObject>(item.content);
      object.marking = object.own_marking = event->marking;
      object.unpublished = event->unpublished;
      object.created_by = event->creator;
      if (!scope.unreadable) item.document = scope.text.take();
      PARLEY_CHECK(sink_.take(std::move(item)));
    } else if (!scope.has_items && waiting_.empty()) {
      // An object that is no event: nothing of it can be kept.
      return sink_.take(make_reject(json_where(scope.pointer, scope.offset), scope.offset,
                                    "no MISP event: it has no UUID"));
    }
    return let_go(*event);
  }

  static ImportItem description(const Scope& scope, const std::string& id, std::string type,
                                const MispEvent& read) {
    StixObject object;
    object.id = id;
    object.type = std::move(type);
    object.version = object.modified = read.timestamp;
    object.labels = read.tags;
    object.marking = object.own_marking = read.marking;
    object.raw = "{" + scope.members + "}";
    ImportItem item;
    item.where = json_where(scope.pointer, scope.offset);
    item.offset = scope.offset;
    item.counted = false;
    item.content = std::move(object);
    return item;
  }

  ItemSink& sink_;
  ReaderLimits limits_;
  MispReader reader_;
  WaitingRoom waiting_;
  std::size_t object_start_ = 0;  // of the innermost object's attributes
  bool is_going_ = false;         // what waits need not wait longer: `going_` is what is known of its event
  std::optional<MispEvent> going_;
  std::vector<Scope> scopes_;
  encoding::JsonSplitter splitter_;
};

}  // namespace

std::unique_ptr<Input> make_misp_input(const ItemReader::Options& options, ItemSink& sink) {
  return std::make_unique<MispInput>(options, sink);
}

}  // namespace parley::intel
