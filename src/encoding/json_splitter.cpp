#include "encoding/json_splitter.hpp"

#include <optional>
#include <unordered_set>
#include <utility>

#include "encoding/json_splitter_parts.hpp"

namespace parley::encoding {

Result<void> SplitSink::whole(const SplitPiece&) {
  return {};
}

namespace {

using splitter::Capture;
using splitter::Paths;

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// What the grammar allows next inside a walked container.
enum class Expect : std::uint8_t { first_value, value, comma, first_key, key, colon };

struct Frame {
  bool is_array = false;
  std::size_t node = 0;
  Expect expect = Expect::first_value;
  std::uint64_t index = 0;  // of the element that is read or comes next
  std::size_t pointer_size = 0;
  bool drops_value = false;
  bool too_many = false;
  std::size_t value_node = Paths::none;  // where the value after the key leads
  std::unordered_set<std::string> keys;
};

}  // namespace

struct JsonSplitter::State {
  State(const std::vector<std::string>& patterns, const SplitLimits& the_limits, SplitSink& the_sink)
      : paths(patterns), limits(the_limits), sink(&the_sink), capture(the_limits.max_depth) {}

  Paths paths;
  SplitLimits limits;
  SplitSink* sink;

  std::uint64_t chunk_offset = 0;  // of the chunk's first byte in the text
  std::vector<Frame> frames;
  std::string pointer;  // of the innermost walked container, then of the value that is read
  bool started = false;
  bool ended = false;       // the outermost value has closed
  bool in_garbage = false;  // one defect is enough for a run of bytes that fit nowhere
  std::size_t bom_seen = 0;

  // The name that is being read.
  bool in_key = false;
  bool key_escape = false;
  bool key_too_long = false;
  std::string key;
  std::uint64_t key_offset = 0;

  // The value that is being cut out.
  bool capturing = false;
  bool capture_is_item = false;
  bool capture_dropped = false;  // second of a repeated name: told already
  std::uint64_t capture_offset = 0;
  std::size_t capture_limit = 0;
  bool too_large = false;
  std::string buffer;  // what came in earlier chunks
  Capture capture;

  // The whole text, until items are met.
  bool keep_whole = true;
  std::string whole;

  Result<void> report(std::uint64_t offset, std::string why, bool is_item = false) {
    return sink->defect(
        SplitDefect{.pointer = pointer, .offset = offset, .why = std::move(why), .is_item = is_item});
  }

  Result<void> garbage(std::uint64_t offset, std::string_view expected) {
    if (in_garbage) return {};
    in_garbage = true;
    return report(offset, "expected " + std::string(expected) + "; skipped what stands there");
  }

  Result<void> open(bool is_array, std::size_t node) {
    Frame frame;
    frame.is_array = is_array;
    frame.node = node;
    frame.expect = is_array ? Expect::first_value : Expect::first_key;
    frame.pointer_size = pointer.size();
    frames.push_back(std::move(frame));
    if (is_array && paths.has_items(node)) keep_whole = false;
    return sink->enter(pointer);
  }

  Result<void> close(std::uint64_t end) {
    pointer.resize(frames.back().pointer_size);
    frames.pop_back();
    Result<void> left = sink->leave(pointer);
    if (!left) return left;
    after_value();
    if (frames.empty()) {
      ended = true;
      if (keep_whole) {
        whole.resize(static_cast<std::size_t>(end - whole_offset));
        return sink->whole(SplitPiece{.pointer = {}, .offset = whole_offset, .raw = whole});
      }
    }
    return {};
  }
  std::uint64_t whole_offset = 0;

  void after_value() {
    in_garbage = false;
    if (frames.empty()) {
      ended = true;
      return;
    }
    Frame& frame = frames.back();
    pointer.resize(frame.pointer_size);
    frame.expect = Expect::comma;
    if (frame.is_array) ++frame.index;
  }

  /// The innermost walked container that a closing bracket fits.
  std::optional<std::size_t> fitting_frame(bool closes_array) const {
    for (std::size_t i = frames.size(); i-- > 0;)
      if (frames[i].is_array == closes_array) return i;
    return std::nullopt;
  }

  Result<void> close_bracket(bool closes_array, std::uint64_t offset) {
    Frame& top = frames.back();
    if (top.is_array == closes_array) {
      if (top.expect == Expect::value || top.expect == Expect::key || top.expect == Expect::colon)
        PARLEY_CHECK(garbage(offset, "a value before the closing bracket"));
      return close(offset + 1);
    }
    const std::optional<std::size_t> fits = fitting_frame(closes_array);
    if (!fits) return garbage(offset, closes_array ? "a member or }" : "an element or ]");
    PARLEY_CHECK(report(offset, "the closing bracket does not match the one that is open"));
    while (frames.size() > *fits) PARLEY_CHECK(close(offset + 1));
    return {};
  }

  Result<void> begin_value(char c, std::uint64_t offset) {
    std::size_t node = paths.root();
    bool dropped = false;
    if (!frames.empty()) {
      Frame& frame = frames.back();
      pointer.resize(frame.pointer_size);
      if (frame.is_array) {
        node = paths.element(frame.node);
        pointer += '/';
        pointer += std::to_string(frame.index);
      } else {
        node = frame.value_node;
        dropped = frame.drops_value;
        splitter::append_pointer(pointer, key);
      }
    }
    in_garbage = false;
    if (!dropped && node != Paths::none && !paths.is_item(node)) {
      if (c == '[' && paths.element(node) != Paths::none) return open(true, node);
      if (c == '{' && paths.has_names(node)) return open(false, node);
    }
    if (frames.empty()) {
      // Nothing to walk into: neither a list nor an object of the kind that was asked for.
      ended = true;
      in_garbage = true;
      keep_whole = false;
      return report(offset, "the text is no JSON object or list of the kind that is read here");
    }
    capturing = true;
    capture_is_item = node != Paths::none && paths.is_item(node);
    capture_dropped = dropped;
    capture_offset = offset;
    capture_limit = capture_is_item ? limits.max_item_bytes : limits.max_member_bytes;
    if (capture_is_item) keep_whole = false;
    too_large = false;
    buffer.clear();
    capture.begin(c, frames.back().is_array);
    return {};
  }

  /// The value that was cut out is complete; `tail` is its part in this chunk.
  Result<void> end_value(std::string_view tail) {
    capturing = false;
    std::string_view raw = tail;
    if (!buffer.empty()) {
      if (!too_large && buffer.size() + tail.size() <= capture_limit)
        buffer.append(tail);
      else
        too_large = true;
      raw = buffer;
    } else if (tail.size() > capture_limit) {
      too_large = true;
    }
    Result<void> told;
    if (capture_dropped) {
      told = {};  // the repeated name was reported where it stood
    } else if (too_large) {
      told = report(capture_offset, "longer than " + std::to_string(capture_limit) + " bytes; skipped",
                    capture_is_item);
    } else if (const std::string_view why = capture.defect(); !why.empty()) {
      told = report(capture_offset, std::string(why), capture_is_item);
    } else {
      const SplitPiece piece{.pointer = pointer, .offset = capture_offset, .raw = raw};
      told = capture_is_item ? sink->item(piece) : sink->member(piece);
    }
    if (buffer.capacity() > (std::size_t{1} << 20U))
      buffer = std::string();
    else
      buffer.clear();
    after_value();
    return told;
  }

  Result<void> end_key() {
    in_key = false;
    Frame& frame = frames.back();
    frame.expect = Expect::colon;
    frame.drops_value = false;
    frame.value_node = Paths::none;
    in_garbage = false;
    if (key_too_long) {
      frame.drops_value = true;  // leave the value out: its name is not known whole
      return report(key_offset, "a name longer than " + std::to_string(limits.max_key_bytes) + " bytes");
    }
    std::optional<std::string> plain = splitter::unescape(key);
    if (!plain) {
      frame.drops_value = true;  // leave the value out: nobody knows its name
      return report(key_offset, "a name with a broken escape");
    }
    key = std::move(*plain);
    if (frame.keys.size() >= limits.max_members) {
      if (frame.too_many) return {};
      frame.too_many = true;
      return report(key_offset, "more than " + std::to_string(limits.max_members) + " members in one object");
    }
    if (!frame.keys.insert(key).second) {
      frame.drops_value = true;
      return report(key_offset, "the name \"" + key + "\" is there twice; the second value is left out");
    }
    frame.value_node = paths.member(frame.node, key);
    return {};
  }

  std::size_t read_key(const char* text, std::size_t from, std::size_t size) {
    std::size_t i = from;
    while (i < size) {
      const char c = text[i];
      if (key_escape) {
        key_escape = false;
      } else if (c == '"') {
        break;
      } else if (c == '\\') {
        key_escape = true;
      }
      if (key.size() < limits.max_key_bytes)
        key += c;
      else
        key_too_long = true;
      ++i;
    }
    return i;
  }

  /// One byte between values. True when it was used up.
  Result<bool> walk(char c, std::uint64_t offset) {
    if (frames.empty()) {
      if (ended) {
        PARLEY_CHECK(garbage(offset, "nothing after the end of the JSON text"));
        return true;
      }
      PARLEY_CHECK(begin_value(c, offset));
      return !capturing;
    }
    if (c == ']' || c == '}') {
      PARLEY_CHECK(close_bracket(c == ']', offset));
      return true;
    }
    Frame& frame = frames.back();
    switch (frame.expect) {
      case Expect::first_key:
      case Expect::key:
        if (c == '"') {
          in_key = true;
          key_escape = false;
          key_too_long = false;
          key.clear();
          key_offset = offset;
          return true;
        }
        PARLEY_CHECK(garbage(offset, "a name in quotes"));
        return true;
      case Expect::colon:
        if (c == ':') {
          frame.expect = Expect::value;
          in_garbage = false;
          return true;
        }
        PARLEY_CHECK(garbage(offset, "a colon after the name"));
        if (c == ',') frame.expect = Expect::key;
        return true;
      case Expect::comma:
        if (c == ',') {
          frame.expect = frame.is_array ? Expect::value : Expect::key;
          in_garbage = false;
          return true;
        }
        PARLEY_CHECK(garbage(offset, "a comma or the closing bracket"));
        if (splitter::begins_value(c) && (frame.is_array || c == '"')) {
          frame.expect = frame.is_array ? Expect::value : Expect::key;
          return false;
        }
        return true;
      case Expect::first_value:
      case Expect::value:
        if (splitter::begins_value(c)) {
          PARLEY_CHECK(begin_value(c, offset));
          return !capturing;
        }
        PARLEY_CHECK(garbage(offset, "a value"));
        if (c == ',' && !frame.is_array) frame.expect = Expect::key;
        return true;
    }
    return true;
  }

  Result<void> feed(std::string_view chunk) {
    std::size_t i = 0;
    // A byte order mark in front is let through (RFC 8259 section 8.1).
    while (!started && i < chunk.size()) {
      constexpr std::string_view mark = "\xEF\xBB\xBF";
      if (bom_seen < mark.size() && chunk[i] == mark[bom_seen]) {
        ++bom_seen;
        ++i;
        continue;
      }
      started = true;
      whole_offset = chunk_offset + i;
    }
    if (!keep_whole && !whole.empty()) whole = std::string();
    if (keep_whole && started) keep(chunk.substr(i));
    while (i < chunk.size()) {
      if (capturing) {
        const std::size_t begin = i;
        const Capture::Step step = capture.scan(chunk, i);
        i = step.end;
        if (step.done)
          PARLEY_CHECK(end_value(chunk.substr(begin, i - begin)));
        else
          hold(chunk.substr(begin));
        continue;
      }
      if (in_key) {
        i = read_key(chunk.data(), i, chunk.size());
        if (i < chunk.size()) {
          PARLEY_CHECK(end_key());
          ++i;
        }
        continue;
      }
      const char c = chunk[i];
      if (is_blank(c)) {
        ++i;
        continue;
      }
      PARLEY_TRY(const bool used, walk(c, chunk_offset + i));
      if (used) ++i;
    }
    chunk_offset += chunk.size();
    return {};
  }

  void hold(std::string_view part) {
    if (too_large || capture_dropped) return;
    if (buffer.size() + part.size() > capture_limit) {
      too_large = true;
      buffer = std::string();
      return;
    }
    buffer.append(part);
  }

  void keep(std::string_view part) {
    if (whole.size() + part.size() > limits.max_item_bytes) {
      keep_whole = false;
      whole = std::string();
      return;
    }
    whole.append(part);
  }

  Result<void> finish() {
    if (capturing) {
      const bool scalar_done = capture.at_end();
      if (!scalar_done) {
        capturing = false;
        return report(capture_offset, "the file ends in the middle of this (cut off?)", capture_is_item);
      }
      PARLEY_CHECK(end_value({}));
    }
    if (frames.empty()) {
      if (ended) return {};
      return report(chunk_offset, "the file is empty");
    }
    return report(chunk_offset, "the file ends before its lists and objects are closed (cut off?)");
  }
};

JsonSplitter::JsonSplitter(const std::vector<std::string>& patterns, const SplitLimits& limits,
                           SplitSink& sink)
    : state_(std::make_unique<State>(patterns, limits, sink)) {}
JsonSplitter::~JsonSplitter() = default;
JsonSplitter::JsonSplitter(JsonSplitter&&) noexcept = default;
JsonSplitter& JsonSplitter::operator=(JsonSplitter&&) noexcept = default;

Result<void> JsonSplitter::feed(BytesView chunk) {
  return state_->feed(as_text(chunk));
}

Result<void> JsonSplitter::finish() {
  return state_->finish();
}

}  // namespace parley::encoding
