#include "match/parameters.hpp"

#include <bit>
#include <string>

#include "match/item_set.hpp"

namespace parley::match {

std::string_view protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::dh:
      return "dh-ristretto255/1";
    case Protocol::vole:
      return "vole-rr22/1";
    case Protocol::vole_21x24:
      break;
  }
  return "vole-rr22-21x24/1";
}

Result<Protocol> parse_protocol(std::string_view name) {
  for (const Protocol protocol : all_protocols)
    if (name == protocol_name(protocol)) return protocol;
  return fail(ErrorKind::bad_input,
              "no matching protocol of that name; known: dh-ristretto255/1, vole-rr22/1, vole-rr22-21x24/1");
}

std::string_view protocol_security(Protocol protocol) {
  return is_vole(protocol) ? "malicious" : "semi-honest";
}

std::string_view learner_name(Learner learner) {
  return learner == Learner::receiver ? "receiver" : "both";
}

Result<Learner> parse_learner(std::string_view name) {
  if (name == "receiver") return Learner::receiver;
  if (name == "both") return Learner::both;
  return fail(ErrorKind::bad_input, "the learner of a match is receiver or both");
}

std::string_view prefer_name(Prefer prefer) {
  return prefer == Prefer::time ? "time" : "bytes";
}

Result<Prefer> parse_prefer(std::string_view name) {
  if (name == "time") return Prefer::time;
  if (name == "bytes") return Prefer::bytes;
  return fail(ErrorKind::bad_input, "a match can prefer time or bytes");
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
  const bool vole = is_vole(parameters.protocol);
  if (parameters.protocol != Protocol::dh && !vole)
    return fail(ErrorKind::bad_input, "no such matching protocol");
  for (const std::uint32_t size : {parameters.receiver_padded, parameters.sender_padded}) {
    if (size == 0 || size > max_padded_size)
      return fail(ErrorKind::bad_input,
                  "a padded size must be at least 1 and at most " + std::to_string(max_padded_size));
    if (!vole && !std::has_single_bit(size))
      return fail(ErrorKind::bad_input, "a padded size of this protocol must be a power of two");
  }
  const std::uint32_t most = max_chunk_of(parameters.protocol);
  if (parameters.chunk == 0 || parameters.chunk > most)
    return fail(ErrorKind::bad_input, "a message holds 1 to " + std::to_string(most) + " elements");
  if (parameters.output != Output::items && parameters.output != Output::size)
    return fail(ErrorKind::bad_input, "no such output of a match");
  if (parameters.learner != Learner::receiver && parameters.learner != Learner::both)
    return fail(ErrorKind::bad_input, "no such learner of a match");
  if (parameters.prefer != Prefer::time && parameters.prefer != Prefer::bytes)
    return fail(ErrorKind::bad_input, "no such preference of a match");
  if (vole && parameters.output == Output::size)
    return fail(ErrorKind::bad_input, std::string(protocol_name(parameters.protocol)) +
                                          " gives items only; for the size take dh-ristretto255/1");
  if (!vole && parameters.learner == Learner::both)
    return fail(ErrorKind::bad_input,
                "dh-ristretto255/1 gives its result to the receiver only; for both take vole-rr22/1");
  return {};
}

std::size_t tag_bytes(const Parameters& parameters) {
  const int bits =
      40 + std::countr_zero(parameters.receiver_padded) + std::countr_zero(parameters.sender_padded);
  return static_cast<std::size_t>(bits + 7) / 8;
}

}  // namespace parley::match
