#include "match/parameters.hpp"

#include <bit>
#include <string>

#include "match/item_set.hpp"

namespace parley::match {

std::string_view protocol_name(Protocol) {
  return "dh-ristretto255/1";
}

Result<Protocol> parse_protocol(std::string_view name) {
  if (name == protocol_name(Protocol::dh)) return Protocol::dh;
  return fail(ErrorKind::bad_input, "no matching protocol of that name; known: dh-ristretto255/1");
}

std::string_view protocol_security(Protocol) {
  return "semi-honest";
}

std::string_view output_name(Output output) {
  return output == Output::items ? "items" : "size";
}

Result<Output> parse_output(std::string_view name) {
  if (name == "items") return Output::items;
  if (name == "size") return Output::size;
  return fail(ErrorKind::bad_input, "the output of a match is items or size");
}

Result<void> check_parameters(const Parameters& parameters) {
  for (const std::uint32_t size : {parameters.receiver_padded, parameters.sender_padded})
    if (!std::has_single_bit(size) || size > max_padded_size)
      return fail(ErrorKind::bad_input,
                  "a padded size must be a power of two of at most " + std::to_string(max_padded_size));
  if (parameters.chunk == 0 || parameters.chunk > max_chunk)
    return fail(ErrorKind::bad_input, "a message holds 1 to " + std::to_string(max_chunk) + " elements");
  if (parameters.protocol != Protocol::dh) return fail(ErrorKind::bad_input, "no such matching protocol");
  if (parameters.output != Output::items && parameters.output != Output::size)
    return fail(ErrorKind::bad_input, "no such output of a match");
  return {};
}

std::size_t tag_bytes(const Parameters& parameters) {
  const int bits =
      40 + std::countr_zero(parameters.receiver_padded) + std::countr_zero(parameters.sender_padded);
  return static_cast<std::size_t>(bits + 7) / 8;
}

}  // namespace parley::match
