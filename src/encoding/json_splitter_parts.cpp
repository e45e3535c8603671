#include "encoding/json_splitter_parts.hpp"

#include <bit>
#include <cstring>

namespace parley::encoding::splitter {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// The first byte from `i` on that means something inside a string: a quote, a backslash, a control
/// character. Eight bytes at a time: a byte of `word ^ pattern` is zero where the byte was met, and
/// (x - 0x01…) & ~x & 0x80… marks the lowest zero byte exactly (Warren, Hacker's Delight, section 6-1).
std::size_t find_in_string(const char* text, std::size_t i, std::size_t size) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t tops = 0x8080808080808080U;
  while (i + 8 <= size) {
    std::uint64_t word = 0;
    std::memcpy(&word, text + i, 8);
    const std::uint64_t quote = word ^ (ones * 0x22U);
    const std::uint64_t slash = word ^ (ones * 0x5CU);
    const std::uint64_t hit =
        (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20U) & ~word)) & tops;
    if (hit != 0) {
      if constexpr (std::endian::native == std::endian::little)
        return i + static_cast<std::size_t>(std::countr_zero(hit)) / 8;
      break;
    }
    i += 8;
  }
  while (i < size) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\' || c < 0x20) return i;
    ++i;
  }
  return size;
}

}  // namespace

Paths::Paths(const std::vector<std::string>& patterns) : nodes_(1) {
  for (const std::string& pattern : patterns) {
    std::size_t at = 0;
    std::size_t i = 0;
    while (i < pattern.size()) {
      const std::size_t next = std::min(pattern.find('/', i + 1), pattern.size());
      const std::string step = pattern.substr(i + 1, next - i - 1);
      std::size_t to = step == "*" ? nodes_[at].element : member(at, step);
      if (to == none) {
        to = nodes_.size();
        nodes_.emplace_back();
        if (step == "*")
          nodes_[at].element = to;
        else
          nodes_[at].members.emplace_back(step, to);
      }
      at = to;
      i = next;
    }
    nodes_[at].item = true;
  }
}

std::size_t Paths::member(std::size_t node, std::string_view key) const {
  for (const auto& [name, to] : nodes_[node].members)
    if (name == key) return to;
  return none;
}

void Capture::begin(char c, bool in_array) {
  kind_ = c == '{' || c == '[' ? Kind::container : c == '"' ? Kind::string : Kind::scalar;
  in_array_ = in_array;
  in_string_ = false;
  escape_ = false;
  first_ = true;
  last_ = 0;
  open_.clear();
  excess_ = 0;
  defect_ = {};
}

void Capture::push(char c) {
  if (open_.size() >= max_depth_) {
    ++excess_;
    broken("nested too deep");
    return;
  }
  open_ += c;
}

Capture::Closing Capture::pop(char c) {
  if (excess_ > 0) {
    --excess_;
    return Closing::inside;
  }
  const char opener = c == ']' ? '[' : '{';
  if (open_.back() == opener) {
    open_.pop_back();
    return open_.empty() ? Closing::ends_value : Closing::inside;
  }
  broken("its brackets do not match");
  if (const std::size_t at = open_.rfind(opener); at != std::string::npos) {
    open_.resize(at);
    return open_.empty() ? Closing::ends_value : Closing::inside;
  }
  // Nothing of this value fits. If the container around it does, the value lost its end.
  return in_array_ == (c == ']') ? Closing::belongs_outside : Closing::inside;
}

bool Capture::starts_next_item(std::string_view chunk, std::size_t at) const {
  if (!in_array_ || open_.size() != 1 || open_.back() != '{') return false;
  while (at > 0 && is_blank(chunk[at - 1])) --at;
  return (at > 0 ? chunk[at - 1] : last_) == ',';
}

Capture::Step Capture::scan(std::string_view chunk, std::size_t from) {
  const char* text = chunk.data();
  const std::size_t size = chunk.size();
  std::size_t i = from;
  if (kind_ == Kind::scalar) {
    while (i < size && !is_blank(text[i]) && text[i] != ',' && text[i] != ']' && text[i] != '}' &&
           text[i] != '{' && text[i] != '[' && text[i] != '"' && text[i] != ':')
      ++i;
    return {.end = i, .done = i < size};
  }
  if (first_) {
    first_ = false;
    if (kind_ == Kind::string)
      in_string_ = true;
    else
      push(text[i]);
    ++i;
  }
  while (i < size) {
    if (in_string_) {
      if (escape_) {
        escape_ = false;
        ++i;
        continue;
      }
      i = find_in_string(text, i, size);
      if (i == size) break;
      const char c = text[i++];
      if (c == '\\') {
        escape_ = true;
      } else if (c == '"' || c == '\n' || c == '\r') {
        in_string_ = false;
        if (c != '"') broken("a string runs over the end of its line");
        if (kind_ == Kind::string) return {.end = i, .done = true};
      }
      continue;
    }
    switch (text[i]) {
      case '"':
        in_string_ = true;
        ++i;
        break;
      case '{':
        if (starts_next_item(chunk, i)) {
          broken("its closing bracket is missing");
          return {.end = i, .done = true};
        }
        push('{');
        ++i;
        break;
      case '[':
        push('[');
        ++i;
        break;
      case '}':
      case ']':
        switch (pop(text[i])) {
          case Closing::ends_value:
            return {.end = i + 1, .done = true};
          case Closing::belongs_outside:
            return {.end = i, .done = true};
          case Closing::inside:
            ++i;
            break;
        }
        break;
      default:
        ++i;
    }
  }
  for (std::size_t back = size; back > from; --back)
    if (!is_blank(text[back - 1])) {
      last_ = text[back - 1];
      break;
    }
  return {.end = size, .done = false};
}

bool begins_value(char c) {
  return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' ||
         c == 'n';
}

void append_pointer(std::string& pointer, std::string_view key) {
  pointer += '/';
  for (const char c : key) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
}

namespace {

std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = text[i];
    value *= 16;
    if (c >= '0' && c <= '9')
      value += static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value += static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      value += static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

}  // namespace

std::optional<std::string> unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      if (static_cast<unsigned char>(raw[i]) < 0x20) return std::nullopt;
      out += raw[i];
      continue;
    }
    if (++i == raw.size()) return std::nullopt;
    switch (raw[i]) {
      case '"':
      case '\\':
      case '/':
        out += raw[i];
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        const std::optional<std::uint32_t> high = hex4(raw.substr(i + 1));
        if (!high || (*high >= 0xDC00 && *high <= 0xDFFF)) return std::nullopt;
        std::uint32_t code = *high;
        i += 4;
        if (code >= 0xD800 && code <= 0xDBFF) {
          if (raw.substr(i + 1, 2) != "\\u") return std::nullopt;
          const std::optional<std::uint32_t> low = hex4(raw.substr(i + 3));
          if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
          code = 0x10000 + ((code - 0xD800) << 10U) + (*low - 0xDC00);
          i += 6;
        }
        append_utf8(out, code);
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return out;
}

}  // namespace parley::encoding::splitter
