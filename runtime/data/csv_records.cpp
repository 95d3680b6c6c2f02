#include "runtime/data/csv_records.h"

#include <emmintrin.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace opsc {
namespace {

constexpr size_t kRead = size_t{1} << 20;
constexpr size_t kPadding = 64;

uint64_t MaskOf(const char* at, __m128i wanted) {
  uint64_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i * 16));
    auto bits = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
    mask |= static_cast<uint64_t>(bits) << (i * 16);
  }
  return mask;
}

}  // namespace

std::string_view CsvText(const CsvCell& cell, std::string& scratch) {
  if (!cell.escaped) return cell.raw();
  scratch.clear();
  for (size_t i = 0; i < cell.size; ++i) {
    scratch += cell.data[i];
    if (cell.data[i] == '"') ++i;
  }
  return scratch;
}

CsvRecords::CsvRecords(int fd, std::string path, char delimiter)
    : fd_(fd), path_(std::move(path)), delimiter_(delimiter) {}

CsvRecords::~CsvRecords() {
  close(fd_);
}

// Moves what is left to the front and reads on behind it.
Status CsvRecords::Fill() {
  if (pos_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + pos_, end_ - pos_);
    end_ -= pos_;
    pos_ = 0;
  }
  if (buffer_.size() < end_ + kRead + kPadding) {
    buffer_.resize(std::max(end_ * 2, end_ + kRead) + kPadding);
  }
  ssize_t n = 0;
  do {
    n = read(fd_, buffer_.data() + end_, buffer_.size() - kPadding - end_);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return FailErrno("cannot read " + path_, errno);
  eof_ = n == 0;
  end_ += static_cast<size_t>(n);
  std::memset(buffer_.data() + end_, 0, kPadding);
  block_ = SIZE_MAX;
  return {};
}

Status CsvRecords::SkipMark() {
  started_ = true;
  while (end_ < 4 && !eof_) OPS_TRY(Fill());
  std::string_view front(buffer_.data(), end_);
  if (front.starts_with("\xEF\xBB\xBF")) pos_ = 3;
  if (front.starts_with("\xFF\xFE") || front.starts_with("\xFE\xFF")) {
    return Fail(ErrorKind::kInput, fmt::format("{} is UTF-16, not UTF-8", path_),
                fmt::format("convert it: iconv -f UTF-16 -t UTF-8 {} > new.csv", path_));
  }
  return {};
}

void CsvRecords::LoadBlock(size_t block) {
  block_ = block;
  const char* at = buffer_.data() + block;
  mask_ = MaskOf(at, _mm_set1_epi8(delimiter_)) | MaskOf(at, _mm_set1_epi8('\n')) |
          MaskOf(at, _mm_set1_epi8('\r'));
}

// The first delimiter, LF or CR from `from` on; `end_` where there is none.
size_t CsvRecords::FindSpecial(size_t from) {
  size_t block = from & ~size_t{63};
  if (block != block_) LoadBlock(block);
  uint64_t mask = mask_ & (~uint64_t{0} << (from & 63));
  while (mask == 0) {
    block += 64;
    if (block >= end_) return end_;
    LoadBlock(block);
    mask = mask_;
  }
  return std::min(block + static_cast<size_t>(std::countr_zero(mask)), end_);
}

CsvRecords::Step CsvRecords::TakeEnd(size_t& at, bool& is_end) {
  is_end = true;
  if (at == end_) return eof_ ? Step::kDone : Step::kMore;
  char c = buffer_[at];
  if (c == delimiter_) {
    is_end = false;
    ++at;
  } else if (c == '\n') {
    ++at;
  } else if (c == '\r') {
    if (at + 1 == end_ && !eof_) return Step::kMore;
    at += at + 1 < end_ && buffer_[at + 1] == '\n' ? 2 : 1;
  } else {
    return Step::kBroken;
  }
  return Step::kDone;
}

CsvRecords::Step CsvRecords::ScanQuoted(size_t& at, CsvCell& cell) {
  cell.quoted = true;
  size_t begin = at + 1;
  for (size_t from = begin;;) {
    const void* found = std::memchr(buffer_.data() + from, '"', end_ - from);
    if (found == nullptr) {
      if (!eof_) return Step::kMore;
      problem_ = "a quote is opened here and never closed";
      return Step::kBroken;
    }
    auto quote = static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
    if (quote + 1 == end_ && !eof_) return Step::kMore;
    if (quote + 1 < end_ && buffer_[quote + 1] == '"') {
      cell.escaped = true;
      from = quote + 2;
      continue;
    }
    cell.data = buffer_.data() + begin;
    cell.size = quote - begin;
    at = quote + 1;
    return Step::kDone;
  }
}

CsvRecords::Step CsvRecords::ScanPlain(size_t& at, CsvCell& cell) {
  size_t end = FindSpecial(at);
  if (end == end_ && !eof_) return Step::kMore;
  cell.data = buffer_.data() + at;
  cell.size = end - at;
  at = end;
  return Step::kDone;
}

CsvRecords::Step CsvRecords::Scan(std::vector<CsvCell>& cells) {
  cells.clear();
  size_t at = pos_;
  for (bool is_end = false; !is_end;) {
    CsvCell cell;
    bool quoted = at < end_ && buffer_[at] == '"';
    Step step = quoted ? ScanQuoted(at, cell) : ScanPlain(at, cell);
    if (step == Step::kDone) {
      cells.push_back(cell);
      step = TakeEnd(at, is_end);
      if (step == Step::kBroken) problem_ = "text behind a closing quote";
    }
    if (step == Step::kMore) return step;
    if (step == Step::kBroken) {
      SkipLine(at);
      return step;
    }
    if (cell.quoted) {
      next_line_ += static_cast<uint64_t>(std::count(cell.data, cell.data + cell.size, '\n'));
    }
  }
  pos_ = at;
  ++next_line_;
  return Step::kDone;
}

// Goes on behind the line in which something cannot be read.
void CsvRecords::SkipLine(size_t at) {
  const void* found = std::memchr(buffer_.data() + at, '\n', end_ - at);
  size_t end = found == nullptr
                   ? end_
                   : static_cast<size_t>(static_cast<const char*>(found) - buffer_.data()) + 1;
  next_line_ =
      line_ + static_cast<uint64_t>(std::count(buffer_.data() + pos_, buffer_.data() + end, '\n'));
  pos_ = end;
}

Result<CsvRecords::Got> CsvRecords::Next(std::vector<CsvCell>& cells) {
  if (!started_) OPS_TRY(SkipMark());
  for (;;) {
    if (pos_ == end_ && eof_) return Got::kEnd;
    line_ = next_line_;
    Step step = pos_ == end_ ? Step::kMore : Scan(cells);
    if (step == Step::kBroken) return Got::kBroken;
    if (step == Step::kDone) {
      bool blank = cells.size() == 1 && cells[0].size == 0 && !cells[0].quoted;
      if (!blank) return Got::kRecord;
      continue;
    }
    next_line_ = line_;
    if (end_ - pos_ > kMaxRecord) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{}:{}: a row of more than {} MiB", path_, line_, kMaxRecord >> 20),
                  "a quote that is never closed makes the rest of a file one row");
    }
    OPS_TRY(Fill());
  }
}

}  // namespace opsc
